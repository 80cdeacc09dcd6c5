from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.ui_optimistic import UiOptimistic


T = TypeVar("T", bound="UiAction")


@_attrs_define
class UiAction:
    """Something that was set going.

    Attributes:
        accepted_at (datetime.datetime): When it was accepted.
        action_id (str): Its id, which is the one of the job.
        optimistic (UiOptimistic): What to show at once.
        poll_url (str): Where to ask how far it got. Example: /v1/documents/doc-1.
        status (str): `accepted`. Example: accepted.
    """

    accepted_at: datetime.datetime
    action_id: str
    optimistic: UiOptimistic
    poll_url: str
    status: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        accepted_at = self.accepted_at.isoformat()

        action_id = self.action_id

        optimistic = self.optimistic.to_dict()

        poll_url = self.poll_url

        status = self.status

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "accepted_at": accepted_at,
                "action_id": action_id,
                "optimistic": optimistic,
                "poll_url": poll_url,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_optimistic import UiOptimistic  # noqa: PLC0415

        d = dict(src_dict)
        accepted_at = datetime.datetime.fromisoformat(d.pop("accepted_at"))

        action_id = d.pop("action_id")

        optimistic = UiOptimistic.from_dict(d.pop("optimistic"))

        poll_url = d.pop("poll_url")

        status = d.pop("status")

        made_of_it = cls(
            accepted_at=accepted_at,
            action_id=action_id,
            optimistic=optimistic,
            poll_url=poll_url,
            status=status,
        )

        made_of_it.additional_properties = d
        return made_of_it

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
