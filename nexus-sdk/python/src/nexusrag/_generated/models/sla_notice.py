from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.sla_degrade_actions import SlaDegradeActions


T = TypeVar("T", bound="SlaNotice")


@_attrs_define
class SlaNotice:
    """`sla.warn` and `sla.degrade.applied`: the tenant's service level is at risk, and what is done about it.

    Attributes:
        decision (str): What was decided. Example: degrade.
        status (str): The state of the service level. Example: warning.
        degrade_actions (SlaDegradeActions | Unset): What a service level at risk changes about a run.
        policy_id (None | str | Unset): The policy that was evaluated.
        recommended_actions (list[str] | Unset): What an operator could do.
        window_end (datetime.datetime | None | Unset): When the measured window ends.
    """

    decision: str
    status: str
    degrade_actions: SlaDegradeActions | Unset = UNSET
    policy_id: None | str | Unset = UNSET
    recommended_actions: list[str] | Unset = UNSET
    window_end: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        decision = self.decision

        status = self.status

        degrade_actions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.degrade_actions, Unset):
            degrade_actions = self.degrade_actions.to_dict()

        policy_id: None | str | Unset
        if isinstance(self.policy_id, Unset):
            policy_id = UNSET
        else:
            policy_id = self.policy_id

        recommended_actions: list[str] | Unset = UNSET
        if not isinstance(self.recommended_actions, Unset):
            recommended_actions = self.recommended_actions

        window_end: None | str | Unset
        if isinstance(self.window_end, Unset):
            window_end = UNSET
        elif isinstance(self.window_end, datetime.datetime):
            window_end = self.window_end.isoformat()
        else:
            window_end = self.window_end

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "decision": decision,
                "status": status,
            }
        )
        if degrade_actions is not UNSET:
            field_dict["degrade_actions"] = degrade_actions
        if policy_id is not UNSET:
            field_dict["policy_id"] = policy_id
        if recommended_actions is not UNSET:
            field_dict["recommended_actions"] = recommended_actions
        if window_end is not UNSET:
            field_dict["window_end"] = window_end

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.sla_degrade_actions import SlaDegradeActions  # noqa: PLC0415

        d = dict(src_dict)
        decision = d.pop("decision")

        status = d.pop("status")

        _degrade_actions = d.pop("degrade_actions", UNSET)
        degrade_actions: SlaDegradeActions | Unset
        if isinstance(_degrade_actions, Unset):
            degrade_actions = UNSET
        else:
            degrade_actions = SlaDegradeActions.from_dict(_degrade_actions)

        def _parse_policy_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        policy_id = _parse_policy_id(d.pop("policy_id", UNSET))

        recommended_actions = cast(list[str], d.pop("recommended_actions", UNSET))

        def _parse_window_end(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                window_end_type_0 = datetime.datetime.fromisoformat(data)

                return window_end_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        window_end = _parse_window_end(d.pop("window_end", UNSET))

        made_of_it = cls(
            decision=decision,
            status=status,
            degrade_actions=degrade_actions,
            policy_id=policy_id,
            recommended_actions=recommended_actions,
            window_end=window_end,
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
