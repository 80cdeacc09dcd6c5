from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.signal_quality import SignalQuality
from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="EvaluateAutoscaling")


@_attrs_define
class EvaluateAutoscaling:
    """Asks autoscaling for a number of replicas.

    Attributes:
        current_replicas (int): How many replicas there are. Example: 2.
        profile_id (str): The profile.
        route_class (SlaRouteClass): What requests are measured together.
        p95_ms (float | None | Unset): The time that 95 of 100 requests take at most, in milliseconds. Example: 1650.
        queue_depth (int | None | Unset): How many jobs wait. Example: 24.
        signal_quality (SignalQuality | Unset): How far a measurement can be trusted.
    """

    current_replicas: int
    profile_id: str
    route_class: SlaRouteClass
    p95_ms: float | None | Unset = UNSET
    queue_depth: int | None | Unset = UNSET
    signal_quality: SignalQuality | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        current_replicas = self.current_replicas

        profile_id = self.profile_id

        route_class = self.route_class.value

        p95_ms: float | None | Unset
        if isinstance(self.p95_ms, Unset):
            p95_ms = UNSET
        else:
            p95_ms = self.p95_ms

        queue_depth: int | None | Unset
        if isinstance(self.queue_depth, Unset):
            queue_depth = UNSET
        else:
            queue_depth = self.queue_depth

        signal_quality: str | Unset = UNSET
        if not isinstance(self.signal_quality, Unset):
            signal_quality = self.signal_quality.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "current_replicas": current_replicas,
                "profile_id": profile_id,
                "route_class": route_class,
            }
        )
        if p95_ms is not UNSET:
            field_dict["p95_ms"] = p95_ms
        if queue_depth is not UNSET:
            field_dict["queue_depth"] = queue_depth
        if signal_quality is not UNSET:
            field_dict["signal_quality"] = signal_quality

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        current_replicas = d.pop("current_replicas")

        profile_id = d.pop("profile_id")

        route_class = SlaRouteClass(d.pop("route_class"))

        def _parse_p95_ms(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        p95_ms = _parse_p95_ms(d.pop("p95_ms", UNSET))

        def _parse_queue_depth(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        queue_depth = _parse_queue_depth(d.pop("queue_depth", UNSET))

        _signal_quality = d.pop("signal_quality", UNSET)
        signal_quality: SignalQuality | Unset
        if isinstance(_signal_quality, Unset):
            signal_quality = UNSET
        else:
            signal_quality = SignalQuality(_signal_quality)

        made_of_it = cls(
            current_replicas=current_replicas,
            profile_id=profile_id,
            route_class=route_class,
            p95_ms=p95_ms,
            queue_depth=queue_depth,
            signal_quality=signal_quality,
        )

        return made_of_it
