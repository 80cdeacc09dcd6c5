from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.autoscaling_scope import AutoscalingScope
from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchAutoscalingProfile")


@_attrs_define
class PatchAutoscalingProfile:
    """Changes an autoscaling profile. What is absent stays.

    Attributes:
        cooldown_seconds (int | None | Unset): How long nothing is changed after a change that was executed.
        enabled (bool | None | Unset): Whether it recommends anything.
        max_replicas (int | None | Unset): The most replicas.
        min_replicas (int | None | Unset): The fewest replicas.
        name (None | str | Unset): What people call it.
        route_class (None | SlaRouteClass | Unset):
        scope (AutoscalingScope | None | Unset):
        step_down (int | None | Unset): How many replicas fewer at once.
        step_up (int | None | Unset): How many replicas more at once.
        target_p95_ms (int | None | Unset): How long 95 of 100 requests should take at most, in milliseconds.
        target_queue_depth (int | None | Unset): How many jobs should wait at most.
    """

    cooldown_seconds: int | None | Unset = UNSET
    enabled: bool | None | Unset = UNSET
    max_replicas: int | None | Unset = UNSET
    min_replicas: int | None | Unset = UNSET
    name: None | str | Unset = UNSET
    route_class: None | SlaRouteClass | Unset = UNSET
    scope: AutoscalingScope | None | Unset = UNSET
    step_down: int | None | Unset = UNSET
    step_up: int | None | Unset = UNSET
    target_p95_ms: int | None | Unset = UNSET
    target_queue_depth: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        cooldown_seconds: int | None | Unset
        if isinstance(self.cooldown_seconds, Unset):
            cooldown_seconds = UNSET
        else:
            cooldown_seconds = self.cooldown_seconds

        enabled: bool | None | Unset
        if isinstance(self.enabled, Unset):
            enabled = UNSET
        else:
            enabled = self.enabled

        max_replicas: int | None | Unset
        if isinstance(self.max_replicas, Unset):
            max_replicas = UNSET
        else:
            max_replicas = self.max_replicas

        min_replicas: int | None | Unset
        if isinstance(self.min_replicas, Unset):
            min_replicas = UNSET
        else:
            min_replicas = self.min_replicas

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        route_class: None | str | Unset
        if isinstance(self.route_class, Unset):
            route_class = UNSET
        elif isinstance(self.route_class, SlaRouteClass):
            route_class = self.route_class.value
        else:
            route_class = self.route_class

        scope: None | str | Unset
        if isinstance(self.scope, Unset):
            scope = UNSET
        elif isinstance(self.scope, AutoscalingScope):
            scope = self.scope.value
        else:
            scope = self.scope

        step_down: int | None | Unset
        if isinstance(self.step_down, Unset):
            step_down = UNSET
        else:
            step_down = self.step_down

        step_up: int | None | Unset
        if isinstance(self.step_up, Unset):
            step_up = UNSET
        else:
            step_up = self.step_up

        target_p95_ms: int | None | Unset
        if isinstance(self.target_p95_ms, Unset):
            target_p95_ms = UNSET
        else:
            target_p95_ms = self.target_p95_ms

        target_queue_depth: int | None | Unset
        if isinstance(self.target_queue_depth, Unset):
            target_queue_depth = UNSET
        else:
            target_queue_depth = self.target_queue_depth

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if cooldown_seconds is not UNSET:
            field_dict["cooldown_seconds"] = cooldown_seconds
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if max_replicas is not UNSET:
            field_dict["max_replicas"] = max_replicas
        if min_replicas is not UNSET:
            field_dict["min_replicas"] = min_replicas
        if name is not UNSET:
            field_dict["name"] = name
        if route_class is not UNSET:
            field_dict["route_class"] = route_class
        if scope is not UNSET:
            field_dict["scope"] = scope
        if step_down is not UNSET:
            field_dict["step_down"] = step_down
        if step_up is not UNSET:
            field_dict["step_up"] = step_up
        if target_p95_ms is not UNSET:
            field_dict["target_p95_ms"] = target_p95_ms
        if target_queue_depth is not UNSET:
            field_dict["target_queue_depth"] = target_queue_depth

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_cooldown_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        cooldown_seconds = _parse_cooldown_seconds(d.pop("cooldown_seconds", UNSET))

        def _parse_enabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        enabled = _parse_enabled(d.pop("enabled", UNSET))

        def _parse_max_replicas(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_replicas = _parse_max_replicas(d.pop("max_replicas", UNSET))

        def _parse_min_replicas(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        min_replicas = _parse_min_replicas(d.pop("min_replicas", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

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

        def _parse_scope(data: object) -> AutoscalingScope | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                scope_type_0 = AutoscalingScope(data)

                return scope_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AutoscalingScope | None | Unset, data)

        scope = _parse_scope(d.pop("scope", UNSET))

        def _parse_step_down(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        step_down = _parse_step_down(d.pop("step_down", UNSET))

        def _parse_step_up(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        step_up = _parse_step_up(d.pop("step_up", UNSET))

        def _parse_target_p95_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        target_p95_ms = _parse_target_p95_ms(d.pop("target_p95_ms", UNSET))

        def _parse_target_queue_depth(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        target_queue_depth = _parse_target_queue_depth(d.pop("target_queue_depth", UNSET))

        made_of_it = cls(
            cooldown_seconds=cooldown_seconds,
            enabled=enabled,
            max_replicas=max_replicas,
            min_replicas=min_replicas,
            name=name,
            route_class=route_class,
            scope=scope,
            step_down=step_down,
            step_up=step_up,
            target_p95_ms=target_p95_ms,
            target_queue_depth=target_queue_depth,
        )

        return made_of_it
