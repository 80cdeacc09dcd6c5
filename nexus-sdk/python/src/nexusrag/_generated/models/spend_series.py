from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.spend_point import SpendPoint


T = TypeVar("T", bound="SpendSeries")


@_attrs_define
class SpendSeries:
    """Spending over time. Hours or days in which nothing was spent are left out.

    Attributes:
        granularity (str): `day` or `hour`.
        points (list[SpendPoint]): The points, in the order of time.
        window_days (int): How many days, today included.
    """

    granularity: str
    points: list[SpendPoint]
    window_days: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        granularity = self.granularity

        points = []
        for points_item_data in self.points:
            points_item = points_item_data.to_dict()
            points.append(points_item)

        window_days = self.window_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "granularity": granularity,
                "points": points,
                "window_days": window_days,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.spend_point import SpendPoint  # noqa: PLC0415

        d = dict(src_dict)
        granularity = d.pop("granularity")

        points = []
        _points = d.pop("points")
        for points_item_data in _points:
            points_item = SpendPoint.from_dict(points_item_data)

            points.append(points_item)

        window_days = d.pop("window_days")

        made_of_it = cls(
            granularity=granularity,
            points=points,
            window_days=window_days,
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
