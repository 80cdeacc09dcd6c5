from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.grant import Grant


T = TypeVar("T", bound="Reader")


@_attrs_define
class Reader:
    """A user who can read a document.

    Attributes:
        grants (list[Grant]): The grants that speak to the user, ended ones included; none are needed where
            administrators read everything.
        reason (str): Why policies allow it. Example: policy_allow.
        role (str): The role of the user. Example: reader.
        user_id (str): The user.
        matched_policy_id (None | str | Unset): The policy that allows it, if one does.
    """

    grants: list[Grant]
    reason: str
    role: str
    user_id: str
    matched_policy_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        grants = []
        for grants_item_data in self.grants:
            grants_item = grants_item_data.to_dict()
            grants.append(grants_item)

        reason = self.reason

        role = self.role

        user_id = self.user_id

        matched_policy_id: None | str | Unset
        if isinstance(self.matched_policy_id, Unset):
            matched_policy_id = UNSET
        else:
            matched_policy_id = self.matched_policy_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "grants": grants,
                "reason": reason,
                "role": role,
                "user_id": user_id,
            }
        )
        if matched_policy_id is not UNSET:
            field_dict["matched_policy_id"] = matched_policy_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.grant import Grant  # noqa: PLC0415

        d = dict(src_dict)
        grants = []
        _grants = d.pop("grants")
        for grants_item_data in _grants:
            grants_item = Grant.from_dict(grants_item_data)

            grants.append(grants_item)

        reason = d.pop("reason")

        role = d.pop("role")

        user_id = d.pop("user_id")

        def _parse_matched_policy_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        matched_policy_id = _parse_matched_policy_id(d.pop("matched_policy_id", UNSET))

        made_of_it = cls(
            grants=grants,
            reason=reason,
            role=role,
            user_id=user_id,
            matched_policy_id=matched_policy_id,
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
