from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.chargeback_breakdown_component import ChargebackBreakdownComponent
    from ..models.chargeback_breakdown_provider import ChargebackBreakdownProvider
    from ..models.chargeback_breakdown_route_class import ChargebackBreakdownRouteClass


T = TypeVar("T", bound="ChargebackBreakdown")


@_attrs_define
class ChargebackBreakdown:
    """What a period cost, told apart in three ways.

    Attributes:
        component (ChargebackBreakdownComponent): By part of the work.
        provider (ChargebackBreakdownProvider): By who does it.
        route_class (ChargebackBreakdownRouteClass): By what was asked for.
    """

    component: ChargebackBreakdownComponent
    provider: ChargebackBreakdownProvider
    route_class: ChargebackBreakdownRouteClass
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        component = self.component.to_dict()

        provider = self.provider.to_dict()

        route_class = self.route_class.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "component": component,
                "provider": provider,
                "route_class": route_class,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chargeback_breakdown_component import ChargebackBreakdownComponent  # noqa: PLC0415
        from ..models.chargeback_breakdown_provider import ChargebackBreakdownProvider  # noqa: PLC0415
        from ..models.chargeback_breakdown_route_class import ChargebackBreakdownRouteClass  # noqa: PLC0415

        d = dict(src_dict)
        component = ChargebackBreakdownComponent.from_dict(d.pop("component"))

        provider = ChargebackBreakdownProvider.from_dict(d.pop("provider"))

        route_class = ChargebackBreakdownRouteClass.from_dict(d.pop("route_class"))

        made_of_it = cls(
            component=component,
            provider=provider,
            route_class=route_class,
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
