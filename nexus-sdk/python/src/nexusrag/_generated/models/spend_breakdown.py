from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.spend_breakdown_breakdown import SpendBreakdownBreakdown


T = TypeVar("T", bound="SpendBreakdown")


@_attrs_define
class SpendBreakdown:
    """What a month cost, told apart in one way.

    Attributes:
        breakdown (SpendBreakdownBreakdown): The parts.
        by (str): By what.
        period (str): Always `month`.
        year_month (str): The month.
    """

    breakdown: SpendBreakdownBreakdown
    by: str
    period: str
    year_month: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        breakdown = self.breakdown.to_dict()

        by = self.by

        period = self.period

        year_month = self.year_month

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "breakdown": breakdown,
                "by": by,
                "period": period,
                "year_month": year_month,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.spend_breakdown_breakdown import SpendBreakdownBreakdown  # noqa: PLC0415

        d = dict(src_dict)
        breakdown = SpendBreakdownBreakdown.from_dict(d.pop("breakdown"))

        by = d.pop("by")

        period = d.pop("period")

        year_month = d.pop("year_month")

        made_of_it = cls(
            breakdown=breakdown,
            by=by,
            period=period,
            year_month=year_month,
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
