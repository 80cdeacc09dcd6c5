from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.ui_activity import UiActivity
    from ..models.ui_activity_facets import UiActivityFacets
    from ..models.ui_page_info import UiPageInfo


T = TypeVar("T", bound="UiActivityPage")


@_attrs_define
class UiActivityPage:
    """A page of what happened.

    Attributes:
        facets (UiActivityFacets): What there is of the events that fit, whichever type was asked for.
        items (list[UiActivity]): The events.
        page (UiPageInfo): Where a list goes on.
    """

    facets: UiActivityFacets
    items: list[UiActivity]
    page: UiPageInfo
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        facets = self.facets.to_dict()

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        page = self.page.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "facets": facets,
                "items": items,
                "page": page,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_activity import UiActivity  # noqa: PLC0415
        from ..models.ui_activity_facets import UiActivityFacets  # noqa: PLC0415
        from ..models.ui_page_info import UiPageInfo  # noqa: PLC0415

        d = dict(src_dict)
        facets = UiActivityFacets.from_dict(d.pop("facets"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = UiActivity.from_dict(items_item_data)

            items.append(items_item)

        page = UiPageInfo.from_dict(d.pop("page"))

        made_of_it = cls(
            facets=facets,
            items=items,
            page=page,
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
