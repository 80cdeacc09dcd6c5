from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.autoscaling_scope import AutoscalingScope
from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="AutoscalingProfile")


@_attrs_define
class AutoscalingProfile:
    """How many replicas there should be.

    Attributes:
        cooldown_seconds (int): How long nothing is changed after a change that was executed.
        created_at (datetime.datetime): When it was made.
        enabled (bool): Whether it recommends anything.
        id (str): Its id.
        max_replicas (int): The most replicas.
        min_replicas (int): The fewest replicas.
        name (str): What people call it.
        scope (AutoscalingScope): What an autoscaling profile is about.
        step_down (int): How many replicas fewer at once.
        step_up (int): How many replicas more at once.
        target_p95_ms (int): How long 95 of 100 requests should take at most, in milliseconds.
        target_queue_depth (int): How many jobs should wait at most.
        updated_at (datetime.datetime): When it was last changed.
        route_class (None | SlaRouteClass | Unset):
        tenant_id (None | str | Unset): The tenant; absent for a profile of the operator.
    """

    cooldown_seconds: int
    created_at: datetime.datetime
    enabled: bool
    id: str
    max_replicas: int
    min_replicas: int
    name: str
    scope: AutoscalingScope
    step_down: int
    step_up: int
    target_p95_ms: int
    target_queue_depth: int
    updated_at: datetime.datetime
    route_class: None | SlaRouteClass | Unset = UNSET
    tenant_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        cooldown_seconds = self.cooldown_seconds

        created_at = self.created_at.isoformat()

        enabled = self.enabled

        id = self.id

        max_replicas = self.max_replicas

        min_replicas = self.min_replicas

        name = self.name

        scope = self.scope.value

        step_down = self.step_down

        step_up = self.step_up

        target_p95_ms = self.target_p95_ms

        target_queue_depth = self.target_queue_depth

        updated_at = self.updated_at.isoformat()

        route_class: None | str | Unset
        if isinstance(self.route_class, Unset):
            route_class = UNSET
        elif isinstance(self.route_class, SlaRouteClass):
            route_class = self.route_class.value
        else:
            route_class = self.route_class

        tenant_id: None | str | Unset
        if isinstance(self.tenant_id, Unset):
            tenant_id = UNSET
        else:
            tenant_id = self.tenant_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "cooldown_seconds": cooldown_seconds,
                "created_at": created_at,
                "enabled": enabled,
                "id": id,
                "max_replicas": max_replicas,
                "min_replicas": min_replicas,
                "name": name,
                "scope": scope,
                "step_down": step_down,
                "step_up": step_up,
                "target_p95_ms": target_p95_ms,
                "target_queue_depth": target_queue_depth,
                "updated_at": updated_at,
            }
        )
        if route_class is not UNSET:
            field_dict["route_class"] = route_class
        if tenant_id is not UNSET:
            field_dict["tenant_id"] = tenant_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cooldown_seconds = d.pop("cooldown_seconds")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        enabled = d.pop("enabled")

        id = d.pop("id")

        max_replicas = d.pop("max_replicas")

        min_replicas = d.pop("min_replicas")

        name = d.pop("name")

        scope = AutoscalingScope(d.pop("scope"))

        step_down = d.pop("step_down")

        step_up = d.pop("step_up")

        target_p95_ms = d.pop("target_p95_ms")

        target_queue_depth = d.pop("target_queue_depth")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        def _parse_route_class(data: object) -> None | SlaRouteClass | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                route_class_type_0 = SlaRouteClass(data)

                return route_class_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SlaRouteClass | Unset, data)

        route_class = _parse_route_class(d.pop("route_class", UNSET))

        def _parse_tenant_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant_id = _parse_tenant_id(d.pop("tenant_id", UNSET))

        made_of_it = cls(
            cooldown_seconds=cooldown_seconds,
            created_at=created_at,
            enabled=enabled,
            id=id,
            max_replicas=max_replicas,
            min_replicas=min_replicas,
            name=name,
            scope=scope,
            step_down=step_down,
            step_up=step_up,
            target_p95_ms=target_p95_ms,
            target_queue_depth=target_queue_depth,
            updated_at=updated_at,
            route_class=route_class,
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
