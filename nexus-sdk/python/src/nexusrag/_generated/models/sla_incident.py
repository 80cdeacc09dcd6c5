from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sla_incident_status import SlaIncidentStatus
from ..models.sla_route_class import SlaRouteClass
from ..types import UNSET, Unset

T = TypeVar("T", bound="SlaIncident")


@_attrs_define
class SlaIncident:
    """A breach of a policy, from its beginning to its end.

    Attributes:
        breach_type (str): The worst of what is broken, such as `availability` or `latency_p95`. Example: latency_p95.
        first_breach_at (datetime.datetime): When it was seen first.
        id (str): Its id.
        last_breach_at (datetime.datetime): When it was seen last.
        policy_id (str): The policy that is broken.
        route_class (SlaRouteClass): What requests are measured together.
        severity (str): `sev1`, `sev2` or `sev3`; the worst that it was. Example: sev2.
        status (SlaIncidentStatus): How far an incident has come.
        tenant_id (str): The tenant.
        details_json (Any | Unset): What was measured last.
        resolved_at (datetime.datetime | None | Unset): When it was over.
    """

    breach_type: str
    first_breach_at: datetime.datetime
    id: str
    last_breach_at: datetime.datetime
    policy_id: str
    route_class: SlaRouteClass
    severity: str
    status: SlaIncidentStatus
    tenant_id: str
    details_json: Any | Unset = UNSET
    resolved_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        breach_type = self.breach_type

        first_breach_at = self.first_breach_at.isoformat()

        id = self.id

        last_breach_at = self.last_breach_at.isoformat()

        policy_id = self.policy_id

        route_class = self.route_class.value

        severity = self.severity

        status = self.status.value

        tenant_id = self.tenant_id

        details_json = self.details_json

        resolved_at: None | str | Unset
        if isinstance(self.resolved_at, Unset):
            resolved_at = UNSET
        elif isinstance(self.resolved_at, datetime.datetime):
            resolved_at = self.resolved_at.isoformat()
        else:
            resolved_at = self.resolved_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "breach_type": breach_type,
                "first_breach_at": first_breach_at,
                "id": id,
                "last_breach_at": last_breach_at,
                "policy_id": policy_id,
                "route_class": route_class,
                "severity": severity,
                "status": status,
                "tenant_id": tenant_id,
            }
        )
        if details_json is not UNSET:
            field_dict["details_json"] = details_json
        if resolved_at is not UNSET:
            field_dict["resolved_at"] = resolved_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        breach_type = d.pop("breach_type")

        first_breach_at = datetime.datetime.fromisoformat(d.pop("first_breach_at"))

        id = d.pop("id")

        last_breach_at = datetime.datetime.fromisoformat(d.pop("last_breach_at"))

        policy_id = d.pop("policy_id")

        route_class = SlaRouteClass(d.pop("route_class"))

        severity = d.pop("severity")

        status = SlaIncidentStatus(d.pop("status"))

        tenant_id = d.pop("tenant_id")

        details_json = d.pop("details_json", UNSET)

        def _parse_resolved_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resolved_at_type_0 = datetime.datetime.fromisoformat(data)

                return resolved_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        resolved_at = _parse_resolved_at(d.pop("resolved_at", UNSET))

        made_of_it = cls(
            breach_type=breach_type,
            first_breach_at=first_breach_at,
            id=id,
            last_breach_at=last_breach_at,
            policy_id=policy_id,
            route_class=route_class,
            severity=severity,
            status=status,
            tenant_id=tenant_id,
            details_json=details_json,
            resolved_at=resolved_at,
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
