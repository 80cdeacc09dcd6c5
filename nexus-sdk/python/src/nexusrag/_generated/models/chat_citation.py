from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ChatCitation")


@_attrs_define
class ChatCitation:
    """A citation. The first four fields are OpenAI's, the others ours.

    Attributes:
        end_index (int): Where its marker ends, exclusive.
        index (int): The number by which the text refers to it.
        quote (str): Exactly the text between the two.
        score (float): How well the passage fits the question, 0 to 1.
        start_index (int): Where its marker begins in the text of the answer, in Unicode characters.
        title (str): The title of the document, or its id.
        url (str): Where exactly the quoted characters are read, relative to the server; `document://<id>` where the
            text is not here. Example: /v1/documents/doc-1/text?start=0&end=31.
        content_hash (None | str | Unset): The lower-case hexadecimal SHA-256 of the whole stored text.
        document_id (None | str | Unset): The document.
        end (int | None | Unset): Where the quote ends, exclusive.
        start (int | None | Unset): Where the quote begins in the stored text, in Unicode characters.
    """

    end_index: int
    index: int
    quote: str
    score: float
    start_index: int
    title: str
    url: str
    content_hash: None | str | Unset = UNSET
    document_id: None | str | Unset = UNSET
    end: int | None | Unset = UNSET
    start: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        end_index = self.end_index

        index = self.index

        quote = self.quote

        score = self.score

        start_index = self.start_index

        title = self.title

        url = self.url

        content_hash: None | str | Unset
        if isinstance(self.content_hash, Unset):
            content_hash = UNSET
        else:
            content_hash = self.content_hash

        document_id: None | str | Unset
        if isinstance(self.document_id, Unset):
            document_id = UNSET
        else:
            document_id = self.document_id

        end: int | None | Unset
        if isinstance(self.end, Unset):
            end = UNSET
        else:
            end = self.end

        start: int | None | Unset
        if isinstance(self.start, Unset):
            start = UNSET
        else:
            start = self.start

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "end_index": end_index,
                "index": index,
                "quote": quote,
                "score": score,
                "start_index": start_index,
                "title": title,
                "url": url,
            }
        )
        if content_hash is not UNSET:
            field_dict["content_hash"] = content_hash
        if document_id is not UNSET:
            field_dict["document_id"] = document_id
        if end is not UNSET:
            field_dict["end"] = end
        if start is not UNSET:
            field_dict["start"] = start

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        end_index = d.pop("end_index")

        index = d.pop("index")

        quote = d.pop("quote")

        score = d.pop("score")

        start_index = d.pop("start_index")

        title = d.pop("title")

        url = d.pop("url")

        def _parse_content_hash(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        content_hash = _parse_content_hash(d.pop("content_hash", UNSET))

        def _parse_document_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_id = _parse_document_id(d.pop("document_id", UNSET))

        def _parse_end(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        end = _parse_end(d.pop("end", UNSET))

        def _parse_start(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        start = _parse_start(d.pop("start", UNSET))

        made_of_it = cls(
            end_index=end_index,
            index=index,
            quote=quote,
            score=score,
            start_index=start_index,
            title=title,
            url=url,
            content_hash=content_hash,
            document_id=document_id,
            end=end,
            start=start,
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
