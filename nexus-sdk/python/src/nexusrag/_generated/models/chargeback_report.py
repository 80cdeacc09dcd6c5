from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chargeback_breakdown import ChargebackBreakdown


T = TypeVar("T", bound="ChargebackReport")


@_attrs_define
class ChargebackReport:
    """A report of what a period cost.

    Attributes:
        breakdown_json (ChargebackBreakdown): What a period cost, told apart in three ways.
        currency (str): Always `USD`.
        generated_at (datetime.datetime): When it was last brought up to date.
        id (str): Its id.
        period_end (datetime.datetime): Up to when, this moment excluded.
        period_start (datetime.datetime): From when.
        tenant_id (str): Its tenant.
        total_usd (float):
        generated_by (None | str | Unset): Who asked for it.
    """

    breakdown_json: ChargebackBreakdown
    currency: str
    generated_at: datetime.datetime
    id: str
    period_end: datetime.datetime
    period_start: datetime.datetime
    tenant_id: str
    total_usd: float
    generated_by: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        breakdown_json = self.breakdown_json.to_dict()

        currency = self.currency

        generated_at = self.generated_at.isoformat()

        id = self.id

        period_end = self.period_end.isoformat()

        period_start = self.period_start.isoformat()

        tenant_id = self.tenant_id

        total_usd = self.total_usd

        generated_by: None | str | Unset
        if isinstance(self.generated_by, Unset):
            generated_by = UNSET
        else:
            generated_by = self.generated_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "breakdown_json": breakdown_json,
                "currency": currency,
                "generated_at": generated_at,
                "id": id,
                "period_end": period_end,
                "period_start": period_start,
                "tenant_id": tenant_id,
                "total_usd": total_usd,
            }
        )
        if generated_by is not UNSET:
            field_dict["generated_by"] = generated_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chargeback_breakdown import ChargebackBreakdown  # noqa: PLC0415

        d = dict(src_dict)
        breakdown_json = ChargebackBreakdown.from_dict(d.pop("breakdown_json"))

        currency = d.pop("currency")

        generated_at = datetime.datetime.fromisoformat(d.pop("generated_at"))

        id = d.pop("id")

        period_end = datetime.datetime.fromisoformat(d.pop("period_end"))

        period_start = datetime.datetime.fromisoformat(d.pop("period_start"))

        tenant_id = d.pop("tenant_id")

        total_usd = d.pop("total_usd")

        def _parse_generated_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        generated_by = _parse_generated_by(d.pop("generated_by", UNSET))

        made_of_it = cls(
            breakdown_json=breakdown_json,
            currency=currency,
            generated_at=generated_at,
            id=id,
            period_end=period_end,
            period_start=period_start,
            tenant_id=tenant_id,
            total_usd=total_usd,
            generated_by=generated_by,
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
