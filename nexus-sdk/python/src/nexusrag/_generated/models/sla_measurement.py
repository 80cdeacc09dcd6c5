from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="SlaMeasurement")


@_attrs_define
class SlaMeasurement:
    """What was measured in a window.

    Attributes:
        computed_at (datetime.datetime): When it was last counted.
        error_count (int): Those that failed by the platform's fault.
        id (str): Made of the class and the window.
        request_count (int): Requests that were answered, well or not. What was refused is not among them.
        route_class (SlaRouteClass): What requests are measured together.
        tenant_id (str): The tenant.
        window_end (datetime.datetime): Where the window ends.
        window_start (datetime.datetime): Where the window begins.
        availability_pct (float | None | Unset): The share that did not fail.
        p50_ms (float | None | Unset): The time that half of them took at most, in milliseconds.
        p95_ms (float | None | Unset): The time that 95 of 100 took at most.
        p99_ms (float | None | Unset): The time that 99 of 100 took at most.
        saturation_pct (float | None | Unset): How full things were.
    """

    computed_at: datetime.datetime
    error_count: int
    id: str
    request_count: int
    route_class: SlaRouteClass
    tenant_id: str
    window_end: datetime.datetime
    window_start: datetime.datetime
    availability_pct: float | None | Unset = UNSET
    p50_ms: float | None | Unset = UNSET
    p95_ms: float | None | Unset = UNSET
    p99_ms: float | None | Unset = UNSET
    saturation_pct: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        computed_at = self.computed_at.isoformat()

        error_count = self.error_count

        id = self.id

        request_count = self.request_count

        route_class = self.route_class.value

        tenant_id = self.tenant_id

        window_end = self.window_end.isoformat()

        window_start = self.window_start.isoformat()

        availability_pct: float | None | Unset
        if isinstance(self.availability_pct, Unset):
            availability_pct = UNSET
        else:
            availability_pct = self.availability_pct

        p50_ms: float | None | Unset
        if isinstance(self.p50_ms, Unset):
            p50_ms = UNSET
        else:
            p50_ms = self.p50_ms

        p95_ms: float | None | Unset
        if isinstance(self.p95_ms, Unset):
            p95_ms = UNSET
        else:
            p95_ms = self.p95_ms

        p99_ms: float | None | Unset
        if isinstance(self.p99_ms, Unset):
            p99_ms = UNSET
        else:
            p99_ms = self.p99_ms

        saturation_pct: float | None | Unset
        if isinstance(self.saturation_pct, Unset):
            saturation_pct = UNSET
        else:
            saturation_pct = self.saturation_pct

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "computed_at": computed_at,
                "error_count": error_count,
                "id": id,
                "request_count": request_count,
                "route_class": route_class,
                "tenant_id": tenant_id,
                "window_end": window_end,
                "window_start": window_start,
            }
        )
        if availability_pct is not UNSET:
            field_dict["availability_pct"] = availability_pct
        if p50_ms is not UNSET:
            field_dict["p50_ms"] = p50_ms
        if p95_ms is not UNSET:
            field_dict["p95_ms"] = p95_ms
        if p99_ms is not UNSET:
            field_dict["p99_ms"] = p99_ms
        if saturation_pct is not UNSET:
            field_dict["saturation_pct"] = saturation_pct

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        computed_at = datetime.datetime.fromisoformat(d.pop("computed_at"))

        error_count = d.pop("error_count")

        id = d.pop("id")

        request_count = d.pop("request_count")

        route_class = SlaRouteClass(d.pop("route_class"))

        tenant_id = d.pop("tenant_id")

        window_end = datetime.datetime.fromisoformat(d.pop("window_end"))

        window_start = datetime.datetime.fromisoformat(d.pop("window_start"))

        def _parse_availability_pct(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        availability_pct = _parse_availability_pct(d.pop("availability_pct", UNSET))

        def _parse_p50_ms(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        p50_ms = _parse_p50_ms(d.pop("p50_ms", UNSET))

        def _parse_p95_ms(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        p95_ms = _parse_p95_ms(d.pop("p95_ms", UNSET))

        def _parse_p99_ms(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        p99_ms = _parse_p99_ms(d.pop("p99_ms", UNSET))

        def _parse_saturation_pct(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        saturation_pct = _parse_saturation_pct(d.pop("saturation_pct", UNSET))

        made_of_it = cls(
            computed_at=computed_at,
            error_count=error_count,
            id=id,
            request_count=request_count,
            route_class=route_class,
            tenant_id=tenant_id,
            window_end=window_end,
            window_start=window_start,
            availability_pct=availability_pct,
            p50_ms=p50_ms,
            p95_ms=p95_ms,
            p99_ms=p99_ms,
            saturation_pct=saturation_pct,
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
