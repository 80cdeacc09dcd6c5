from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_object import ModelObject

T = TypeVar("T", bound="Model")


@_attrs_define
class Model:
    """A corpus, as a model.

    Attributes:
        created (int): When it was made, in seconds since 1970.
        id (str): The corpus. Example: c1.
        name (str): What people call it. Example: Handbook.
        object_ (ModelObject): The type of a model.
        owned_by (str): The tenant. Example: t1.
    """

    created: int
    id: str
    name: str
    object_: ModelObject
    owned_by: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created = self.created

        id = self.id

        name = self.name

        object_ = self.object_.value

        owned_by = self.owned_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created": created,
                "id": id,
                "name": name,
                "object": object_,
                "owned_by": owned_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        created = d.pop("created")

        id = d.pop("id")

        name = d.pop("name")

        object_ = ModelObject(d.pop("object"))

        owned_by = d.pop("owned_by")

        made_of_it = cls(
            created=created,
            id=id,
            name=name,
            object_=object_,
            owned_by=owned_by,
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
