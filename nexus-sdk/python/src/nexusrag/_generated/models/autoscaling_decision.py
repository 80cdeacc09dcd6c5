from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.autoscaling_verb import AutoscalingVerb
from ..types import UNSET, Unset

T = TypeVar("T", bound="AutoscalingDecision")


@_attrs_define
class AutoscalingDecision:
    """What autoscaling answers.

    Attributes:
        action (AutoscalingVerb): What autoscaling recommends.
        cooldown_active (bool): Whether a change was executed a moment ago.
        executed (bool): Whether it was executed.
        from_replicas (int): How many replicas there are.
        reason (str): Why. Example: above_target.
        signal_json (Any): What it rests on.
        to_replicas (int): How many there should be.
        executed_at (datetime.datetime | None | Unset): When it was executed.
    """

    action: AutoscalingVerb
    cooldown_active: bool
    executed: bool
    from_replicas: int
    reason: str
    signal_json: Any
    to_replicas: int
    executed_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action = self.action.value

        cooldown_active = self.cooldown_active

        executed = self.executed

        from_replicas = self.from_replicas

        reason = self.reason

        signal_json = self.signal_json

        to_replicas = self.to_replicas

        executed_at: None | str | Unset
        if isinstance(self.executed_at, Unset):
            executed_at = UNSET
        elif isinstance(self.executed_at, datetime.datetime):
            executed_at = self.executed_at.isoformat()
        else:
            executed_at = self.executed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "cooldown_active": cooldown_active,
                "executed": executed,
                "from_replicas": from_replicas,
                "reason": reason,
                "signal_json": signal_json,
                "to_replicas": to_replicas,
            }
        )
        if executed_at is not UNSET:
            field_dict["executed_at"] = executed_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        action = AutoscalingVerb(d.pop("action"))

        cooldown_active = d.pop("cooldown_active")

        executed = d.pop("executed")

        from_replicas = d.pop("from_replicas")

        reason = d.pop("reason")

        signal_json = d.pop("signal_json")

        to_replicas = d.pop("to_replicas")

        def _parse_executed_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                executed_at_type_0 = datetime.datetime.fromisoformat(data)

                return executed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        executed_at = _parse_executed_at(d.pop("executed_at", UNSET))

        made_of_it = cls(
            action=action,
            cooldown_active=cooldown_active,
            executed=executed,
            from_replicas=from_replicas,
            reason=reason,
            signal_json=signal_json,
            to_replicas=to_replicas,
            executed_at=executed_at,
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
