from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DocumentDifference")


@_attrs_define
class DocumentDifference:
    """What a draft would change for existing documents.

    Attributes:
        compared (int): How many documents were compared, oldest first; at most 1,000.
        complete (bool): Whether these are all.
        gained (list[str]): The documents that the principal could act upon, and cannot now.
        lost (list[str]): The documents that the principal can act upon now, and could not then.
    """

    compared: int
    complete: bool
    gained: list[str]
    lost: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        compared = self.compared

        complete = self.complete

        gained = self.gained

        lost = self.lost

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "compared": compared,
                "complete": complete,
                "gained": gained,
                "lost": lost,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        compared = d.pop("compared")

        complete = d.pop("complete")

        gained = cast(list[str], d.pop("gained"))

        lost = cast(list[str], d.pop("lost"))

        made_of_it = cls(
            compared=compared,
            complete=complete,
            gained=gained,
            lost=lost,
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
