from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DocumentText")


@_attrs_define
class DocumentText:
    """A part of a document's stored text, to check a citation against.

    Attributes:
        content_hash (str): The lower-case hexadecimal SHA-256 of the whole stored text. Example:
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.
        document_id (str): The document's id. Example: doc-1.
        end (int): Where `text` ends, exclusive, counted likewise. Example: 31.
        start (int): Where `text` begins, in Unicode scalar values from the start of the stored text. Example: 0.
        text (str): Exactly the text between `start` and `end`. Example: Leave requests go to your lead..
        total_chars (int): The length of the whole stored text, counted likewise. Example: 78.
    """

    content_hash: str
    document_id: str
    end: int
    start: int
    text: str
    total_chars: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        content_hash = self.content_hash

        document_id = self.document_id

        end = self.end

        start = self.start

        text = self.text

        total_chars = self.total_chars

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "content_hash": content_hash,
                "document_id": document_id,
                "end": end,
                "start": start,
                "text": text,
                "total_chars": total_chars,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        content_hash = d.pop("content_hash")

        document_id = d.pop("document_id")

        end = d.pop("end")

        start = d.pop("start")

        text = d.pop("text")

        total_chars = d.pop("total_chars")

        made_of_it = cls(
            content_hash=content_hash,
            document_id=document_id,
            end=end,
            start=start,
            text=text,
            total_chars=total_chars,
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
