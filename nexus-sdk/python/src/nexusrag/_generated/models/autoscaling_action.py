from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.autoscaling_verb import AutoscalingVerb
from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="AutoscalingAction")


@_attrs_define
class AutoscalingAction:
    """A recommendation as it is recorded.

    Attributes:
        action (AutoscalingVerb): What autoscaling recommends.
        created_at (datetime.datetime): When it was made.
        executed (bool): Whether it was executed.
        from_replicas (int): How many replicas there were.
        id (str): Its id.
        profile_id (str): The profile.
        reason (str): Why.
        route_class (SlaRouteClass): What requests are measured together.
        signal_json (Any): What it rests on.
        to_replicas (int): How many there should have been.
        executed_at (datetime.datetime | None | Unset): When it was executed.
        tenant_id (None | str | Unset): The tenant; absent for a profile of the operator.
    """

    action: AutoscalingVerb
    created_at: datetime.datetime
    executed: bool
    from_replicas: int
    id: str
    profile_id: str
    reason: str
    route_class: SlaRouteClass
    signal_json: Any
    to_replicas: int
    executed_at: datetime.datetime | None | Unset = UNSET
    tenant_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action = self.action.value

        created_at = self.created_at.isoformat()

        executed = self.executed

        from_replicas = self.from_replicas

        id = self.id

        profile_id = self.profile_id

        reason = self.reason

        route_class = self.route_class.value

        signal_json = self.signal_json

        to_replicas = self.to_replicas

        executed_at: None | str | Unset
        if isinstance(self.executed_at, Unset):
            executed_at = UNSET
        elif isinstance(self.executed_at, datetime.datetime):
            executed_at = self.executed_at.isoformat()
        else:
            executed_at = self.executed_at

        tenant_id: None | str | Unset
        if isinstance(self.tenant_id, Unset):
            tenant_id = UNSET
        else:
            tenant_id = self.tenant_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "created_at": created_at,
                "executed": executed,
                "from_replicas": from_replicas,
                "id": id,
                "profile_id": profile_id,
                "reason": reason,
                "route_class": route_class,
                "signal_json": signal_json,
                "to_replicas": to_replicas,
            }
        )
        if executed_at is not UNSET:
            field_dict["executed_at"] = executed_at
        if tenant_id is not UNSET:
            field_dict["tenant_id"] = tenant_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        action = AutoscalingVerb(d.pop("action"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        executed = d.pop("executed")

        from_replicas = d.pop("from_replicas")

        id = d.pop("id")

        profile_id = d.pop("profile_id")

        reason = d.pop("reason")

        route_class = SlaRouteClass(d.pop("route_class"))

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

        def _parse_tenant_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant_id = _parse_tenant_id(d.pop("tenant_id", UNSET))

        made_of_it = cls(
            action=action,
            created_at=created_at,
            executed=executed,
            from_replicas=from_replicas,
            id=id,
            profile_id=profile_id,
            reason=reason,
            route_class=route_class,
            signal_json=signal_json,
            to_replicas=to_replicas,
            executed_at=executed_at,
            tenant_id=tenant_id,
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
