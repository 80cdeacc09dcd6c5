from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TenantUsage")


@_attrs_define
class TenantUsage:
    """What a tenant has used in a period.

    Attributes:
        period_start (datetime.date): The first day of the period, in UTC.
        period_type (str): `day` or `month`. Example: day.
        requests_count (int): Units.
        tenant_id (str): The tenant. Example: t1.
        estimated_tokens_count (int | None | Unset): Tokens, where they are counted.
    """

    period_start: datetime.date
    period_type: str
    requests_count: int
    tenant_id: str
    estimated_tokens_count: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        period_start = self.period_start.isoformat()

        period_type = self.period_type

        requests_count = self.requests_count

        tenant_id = self.tenant_id

        estimated_tokens_count: int | None | Unset
        if isinstance(self.estimated_tokens_count, Unset):
            estimated_tokens_count = UNSET
        else:
            estimated_tokens_count = self.estimated_tokens_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "period_start": period_start,
                "period_type": period_type,
                "requests_count": requests_count,
                "tenant_id": tenant_id,
            }
        )
        if estimated_tokens_count is not UNSET:
            field_dict["estimated_tokens_count"] = estimated_tokens_count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        period_start = datetime.date.fromisoformat(d.pop("period_start"))

        period_type = d.pop("period_type")

        requests_count = d.pop("requests_count")

        tenant_id = d.pop("tenant_id")

        def _parse_estimated_tokens_count(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        estimated_tokens_count = _parse_estimated_tokens_count(d.pop("estimated_tokens_count", UNSET))

        made_of_it = cls(
            period_start=period_start,
            period_type=period_type,
            requests_count=requests_count,
            tenant_id=tenant_id,
            estimated_tokens_count=estimated_tokens_count,
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
