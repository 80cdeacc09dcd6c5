from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.ui_patch import UiPatch


T = TypeVar("T", bound="UiOptimistic")


@_attrs_define
class UiOptimistic:
    """What to show at once.

    Attributes:
        entity (str): The kind of thing. Example: document.
        id (str): The thing. Example: doc-1.
        patch (UiPatch): The fields of a document that differ.
    """

    entity: str
    id: str
    patch: UiPatch
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entity = self.entity

        id = self.id

        patch = self.patch.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entity": entity,
                "id": id,
                "patch": patch,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_patch import UiPatch  # noqa: PLC0415

        d = dict(src_dict)
        entity = d.pop("entity")

        id = d.pop("id")

        patch = UiPatch.from_dict(d.pop("patch"))

        made_of_it = cls(
            entity=entity,
            id=id,
            patch=patch,
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
