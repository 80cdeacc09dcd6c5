from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.entitlement import Entitlement


T = TypeVar("T", bound="Plan")


@_attrs_define
class Plan:
    """A plan.

    Attributes:
        features (list[Entitlement]): What it includes, and what not.
        id (str): Its id. Example: pro.
        is_active (bool): Whether it can be assigned.
        name (str): Its name for people.
    """

    features: list[Entitlement]
    id: str
    is_active: bool
    name: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        features = []
        for features_item_data in self.features:
            features_item = features_item_data.to_dict()
            features.append(features_item)

        id = self.id

        is_active = self.is_active

        name = self.name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "features": features,
                "id": id,
                "is_active": is_active,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entitlement import Entitlement  # noqa: PLC0415

        d = dict(src_dict)
        features = []
        _features = d.pop("features")
        for features_item_data in _features:
            features_item = Entitlement.from_dict(features_item_data)

            features.append(features_item)

        id = d.pop("id")

        is_active = d.pop("is_active")

        name = d.pop("name")

        made_of_it = cls(
            features=features,
            id=id,
            is_active=is_active,
            name=name,
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
