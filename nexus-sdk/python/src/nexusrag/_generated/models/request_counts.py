from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.requests_by_class import RequestsByClass


T = TypeVar("T", bound="RequestCounts")


@_attrs_define
class RequestCounts:
    """Requests of a window.

    Attributes:
        by_route_class (RequestsByClass): Requests by class.
        total (int): All of them.
    """

    by_route_class: RequestsByClass
    total: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        by_route_class = self.by_route_class.to_dict()

        total = self.total

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by_route_class": by_route_class,
                "total": total,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.requests_by_class import RequestsByClass  # noqa: PLC0415

        d = dict(src_dict)
        by_route_class = RequestsByClass.from_dict(d.pop("by_route_class"))

        total = d.pop("total")

        made_of_it = cls(
            by_route_class=by_route_class,
            total=total,
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
