from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.quota_period import QuotaPeriod


T = TypeVar("T", bound="QuotaSnapshot")


@_attrs_define
class QuotaSnapshot:
    """Where a tenant stands.

    Attributes:
        day (QuotaPeriod): Where a tenant stands in a period.
        hard_cap_mode (str): `enforce` where a limit refuses requests, `observe` where it only tells. Example: enforce.
        month (QuotaPeriod): Where a tenant stands in a period.
        soft_cap_reached (bool): Whether so much of a limit is used that the tenant should know.
    """

    day: QuotaPeriod
    hard_cap_mode: str
    month: QuotaPeriod
    soft_cap_reached: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        day = self.day.to_dict()

        hard_cap_mode = self.hard_cap_mode

        month = self.month.to_dict()

        soft_cap_reached = self.soft_cap_reached

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "day": day,
                "hard_cap_mode": hard_cap_mode,
                "month": month,
                "soft_cap_reached": soft_cap_reached,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.quota_period import QuotaPeriod  # noqa: PLC0415

        d = dict(src_dict)
        day = QuotaPeriod.from_dict(d.pop("day"))

        hard_cap_mode = d.pop("hard_cap_mode")

        month = QuotaPeriod.from_dict(d.pop("month"))

        soft_cap_reached = d.pop("soft_cap_reached")

        made_of_it = cls(
            day=day,
            hard_cap_mode=hard_cap_mode,
            month=month,
            soft_cap_reached=soft_cap_reached,
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
