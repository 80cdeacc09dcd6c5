from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.citation_metadata import CitationMetadata


T = TypeVar("T", bound="Citation")


@_attrs_define
class Citation:
    """One passage the answer rests on.

    For ingested documents, a reader can check it: fetch the stored text, compare its SHA-256 with `content_hash`, and
    the characters from `start` to `end` are exactly `quote`. Passages of other retrieval providers carry what the
    provider says and null for the rest.

        Attributes:
            score (float): How well the passage fits the question, 0 to 1. Example: 0.83.
            source (str): Where the passage comes from; `document://<id>` for ingested documents. Example: document://doc-1.
            content_hash (None | str | Unset): The lower-case hexadecimal SHA-256 of the whole stored text. Example:
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.
            document_id (None | str | Unset): The document's id. Example: doc-1.
            end (int | None | Unset): Where the quote ends, exclusive, counted likewise. Example: 31.
            index (int | Unset): The number by which the answer's text refers to the passage, as in `[1]`; counted from 1.
                Example: 1.
            metadata (CitationMetadata | Unset): `filename`, `content_type`, `offset_start`, `offset_end` and, if there is
                any, `document_metadata`; where the
                quote stands in its file as `location`, with as much as is known of `page`, `slide`, `sheet`, `part` and
                `heading`; for other providers whatever they attach.
            quote (str | Unset): Exactly the text between `start` and `end`. Example: Leave requests go to your lead..
            start (int | None | Unset): Where the quote begins, in Unicode scalar values from the start of the stored text.
                Example: 0.
            title (None | str | Unset): The document's title. Example: Leave.
    """

    score: float
    source: str
    content_hash: None | str | Unset = UNSET
    document_id: None | str | Unset = UNSET
    end: int | None | Unset = UNSET
    index: int | Unset = UNSET
    metadata: CitationMetadata | Unset = UNSET
    quote: str | Unset = UNSET
    start: int | None | Unset = UNSET
    title: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        score = self.score

        source = self.source

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

        index = self.index

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        quote = self.quote

        start: int | None | Unset
        if isinstance(self.start, Unset):
            start = UNSET
        else:
            start = self.start

        title: None | str | Unset
        if isinstance(self.title, Unset):
            title = UNSET
        else:
            title = self.title

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "score": score,
                "source": source,
            }
        )
        if content_hash is not UNSET:
            field_dict["content_hash"] = content_hash
        if document_id is not UNSET:
            field_dict["document_id"] = document_id
        if end is not UNSET:
            field_dict["end"] = end
        if index is not UNSET:
            field_dict["index"] = index
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if quote is not UNSET:
            field_dict["quote"] = quote
        if start is not UNSET:
            field_dict["start"] = start
        if title is not UNSET:
            field_dict["title"] = title

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.citation_metadata import CitationMetadata  # noqa: PLC0415

        d = dict(src_dict)
        score = d.pop("score")

        source = d.pop("source")

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

        index = d.pop("index", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: CitationMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = CitationMetadata.from_dict(_metadata)

        quote = d.pop("quote", UNSET)

        def _parse_start(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        start = _parse_start(d.pop("start", UNSET))

        def _parse_title(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        title = _parse_title(d.pop("title", UNSET))

        made_of_it = cls(
            score=score,
            source=source,
            content_hash=content_hash,
            document_id=document_id,
            end=end,
            index=index,
            metadata=metadata,
            quote=quote,
            start=start,
            title=title,
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
