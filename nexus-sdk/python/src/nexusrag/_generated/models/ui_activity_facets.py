from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.ui_facet import UiFacet


T = TypeVar("T", bound="UiActivityFacets")


@_attrs_define
class UiActivityFacets:
    """What there is of the events that fit, whichever type was asked for.

    Attributes:
        event_type (list[UiFacet]): By type, the most frequent first.
    """

    event_type: list[UiFacet]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event_type = []
        for event_type_item_data in self.event_type:
            event_type_item = event_type_item_data.to_dict()
            event_type.append(event_type_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event_type": event_type,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_facet import UiFacet  # noqa: PLC0415

        d = dict(src_dict)
        event_type = []
        _event_type = d.pop("event_type")
        for event_type_item_data in _event_type:
            event_type_item = UiFacet.from_dict(event_type_item_data)

            event_type.append(event_type_item)

        made_of_it = cls(
            event_type=event_type,
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
