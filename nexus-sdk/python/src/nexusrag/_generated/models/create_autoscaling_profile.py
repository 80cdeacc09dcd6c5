from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.autoscaling_scope import AutoscalingScope
from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateAutoscalingProfile")


@_attrs_define
class CreateAutoscalingProfile:
    """Makes an autoscaling profile.

    Attributes:
        cooldown_seconds (int): How long nothing is changed after a change that was executed. Example: 60.
        max_replicas (int): The most replicas. Example: 10.
        min_replicas (int): The fewest replicas. Example: 2.
        name (str): What people call it, 1 to 128 characters. Example: runs.
        scope (AutoscalingScope): What an autoscaling profile is about.
        step_down (int): How many replicas fewer at once. Example: 1.
        step_up (int): How many replicas more at once. Example: 2.
        target_p95_ms (int): How long 95 of 100 requests should take at most, in milliseconds. Example: 1200.
        target_queue_depth (int): How many jobs should wait at most. Example: 20.
        enabled (bool | Unset): Whether it recommends anything. Default: True.
        route_class (None | SlaRouteClass | Unset):
    """

    cooldown_seconds: int
    max_replicas: int
    min_replicas: int
    name: str
    scope: AutoscalingScope
    step_down: int
    step_up: int
    target_p95_ms: int
    target_queue_depth: int
    enabled: bool | Unset = True
    route_class: None | SlaRouteClass | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        cooldown_seconds = self.cooldown_seconds

        max_replicas = self.max_replicas

        min_replicas = self.min_replicas

        name = self.name

        scope = self.scope.value

        step_down = self.step_down

        step_up = self.step_up

        target_p95_ms = self.target_p95_ms

        target_queue_depth = self.target_queue_depth

        enabled = self.enabled

        route_class: None | str | Unset
        if isinstance(self.route_class, Unset):
            route_class = UNSET
        elif isinstance(self.route_class, SlaRouteClass):
            route_class = self.route_class.value
        else:
            route_class = self.route_class

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "cooldown_seconds": cooldown_seconds,
                "max_replicas": max_replicas,
                "min_replicas": min_replicas,
                "name": name,
                "scope": scope,
                "step_down": step_down,
                "step_up": step_up,
                "target_p95_ms": target_p95_ms,
                "target_queue_depth": target_queue_depth,
            }
        )
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if route_class is not UNSET:
            field_dict["route_class"] = route_class

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cooldown_seconds = d.pop("cooldown_seconds")

        max_replicas = d.pop("max_replicas")

        min_replicas = d.pop("min_replicas")

        name = d.pop("name")

        scope = AutoscalingScope(d.pop("scope"))

        step_down = d.pop("step_down")

        step_up = d.pop("step_up")

        target_p95_ms = d.pop("target_p95_ms")

        target_queue_depth = d.pop("target_queue_depth")

        enabled = d.pop("enabled", UNSET)

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

        made_of_it = cls(
            cooldown_seconds=cooldown_seconds,
            max_replicas=max_replicas,
            min_replicas=min_replicas,
            name=name,
            scope=scope,
            step_down=step_down,
            step_up=step_up,
            target_p95_ms=target_p95_ms,
            target_queue_depth=target_queue_depth,
            enabled=enabled,
            route_class=route_class,
        )

        return made_of_it
