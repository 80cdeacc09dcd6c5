from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.chat_annotation_type import ChatAnnotationType

if TYPE_CHECKING:
    from ..models.chat_citation import ChatCitation


T = TypeVar("T", bound="ChatAnnotation")


@_attrs_define
class ChatAnnotation:
    """What a place of an answer rests on.

    Attributes:
        type_ (ChatAnnotationType): The type of an annotation.
        url_citation (ChatCitation): A citation. The first four fields are OpenAI's, the others ours.
    """

    type_: ChatAnnotationType
    url_citation: ChatCitation
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        url_citation = self.url_citation.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "url_citation": url_citation,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_citation import ChatCitation  # noqa: PLC0415

        d = dict(src_dict)
        type_ = ChatAnnotationType(d.pop("type"))

        url_citation = ChatCitation.from_dict(d.pop("url_citation"))

        made_of_it = cls(
            type_=type_,
            url_citation=url_citation,
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
