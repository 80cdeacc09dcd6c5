from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.ops_status import OpsStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ops_breaker import OpsBreaker
    from ..models.ops_health_circuit_breaker_state import OpsHealthCircuitBreakerState


T = TypeVar("T", bound="OpsHealth")


@_attrs_define
class OpsHealth:
    """The answer of `GET /v1/ops/health`.

    Attributes:
        api (OpsStatus): Whether a part works.
        circuit_breaker_state (OpsHealthCircuitBreakerState): The circuit breaker of each service of others: `closed`,
            `half_open` or `open`; the worst of its places.
        db (OpsStatus): Whether a part works.
        redis (OpsStatus): Whether a part works.
        status (OpsStatus): Whether a part works.
        timestamp (datetime.datetime): When this was looked at.
        circuit_breaker_places (list[OpsBreaker] | Unset): The places whose breaker is not closed, whichever replica has
            seen it.
        queue_depth (int | None | Unset): Documents and imports that wait for a worker; absent when it cannot be told.
        worker_heartbeat_age_s (float | None | Unset): Seconds since a worker last said that it is alive; absent when
            none did for long.
    """

    api: OpsStatus
    circuit_breaker_state: OpsHealthCircuitBreakerState
    db: OpsStatus
    redis: OpsStatus
    status: OpsStatus
    timestamp: datetime.datetime
    circuit_breaker_places: list[OpsBreaker] | Unset = UNSET
    queue_depth: int | None | Unset = UNSET
    worker_heartbeat_age_s: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        api = self.api.value

        circuit_breaker_state = self.circuit_breaker_state.to_dict()

        db = self.db.value

        redis = self.redis.value

        status = self.status.value

        timestamp = self.timestamp.isoformat()

        circuit_breaker_places: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.circuit_breaker_places, Unset):
            circuit_breaker_places = []
            for circuit_breaker_places_item_data in self.circuit_breaker_places:
                circuit_breaker_places_item = circuit_breaker_places_item_data.to_dict()
                circuit_breaker_places.append(circuit_breaker_places_item)

        queue_depth: int | None | Unset
        if isinstance(self.queue_depth, Unset):
            queue_depth = UNSET
        else:
            queue_depth = self.queue_depth

        worker_heartbeat_age_s: float | None | Unset
        if isinstance(self.worker_heartbeat_age_s, Unset):
            worker_heartbeat_age_s = UNSET
        else:
            worker_heartbeat_age_s = self.worker_heartbeat_age_s

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "api": api,
                "circuit_breaker_state": circuit_breaker_state,
                "db": db,
                "redis": redis,
                "status": status,
                "timestamp": timestamp,
            }
        )
        if circuit_breaker_places is not UNSET:
            field_dict["circuit_breaker_places"] = circuit_breaker_places
        if queue_depth is not UNSET:
            field_dict["queue_depth"] = queue_depth
        if worker_heartbeat_age_s is not UNSET:
            field_dict["worker_heartbeat_age_s"] = worker_heartbeat_age_s

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ops_breaker import OpsBreaker  # noqa: PLC0415
        from ..models.ops_health_circuit_breaker_state import OpsHealthCircuitBreakerState  # noqa: PLC0415

        d = dict(src_dict)
        api = OpsStatus(d.pop("api"))

        circuit_breaker_state = OpsHealthCircuitBreakerState.from_dict(d.pop("circuit_breaker_state"))

        db = OpsStatus(d.pop("db"))

        redis = OpsStatus(d.pop("redis"))

        status = OpsStatus(d.pop("status"))

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        _circuit_breaker_places = d.pop("circuit_breaker_places", UNSET)
        circuit_breaker_places: list[OpsBreaker] | Unset = UNSET
        if _circuit_breaker_places is not UNSET:
            circuit_breaker_places = []
            for circuit_breaker_places_item_data in _circuit_breaker_places:
                circuit_breaker_places_item = OpsBreaker.from_dict(circuit_breaker_places_item_data)

                circuit_breaker_places.append(circuit_breaker_places_item)

        def _parse_queue_depth(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        queue_depth = _parse_queue_depth(d.pop("queue_depth", UNSET))

        def _parse_worker_heartbeat_age_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        worker_heartbeat_age_s = _parse_worker_heartbeat_age_s(d.pop("worker_heartbeat_age_s", UNSET))

        made_of_it = cls(
            api=api,
            circuit_breaker_state=circuit_breaker_state,
            db=db,
            redis=redis,
            status=status,
            timestamp=timestamp,
            circuit_breaker_places=circuit_breaker_places,
            queue_depth=queue_depth,
            worker_heartbeat_age_s=worker_heartbeat_age_s,
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
