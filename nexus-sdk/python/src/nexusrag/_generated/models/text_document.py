from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.text_document_metadata_json_type_0 import TextDocumentMetadataJsonType0


T = TypeVar("T", bound="TextDocument")


@_attrs_define
class TextDocument:
    """Asks for a text to be ingested as a document.

    Attributes:
        corpus_id (str): The corpus the document goes to. Example: c1.
        text (str): The text; it may not be blank. Example: Leave requests go to your lead.

            Routine changes need a second pair of eyes..
        chunk_overlap_chars (int | None | Unset): How much neighbouring passages share, in characters. Example: 150.
        chunk_size_chars (int | None | Unset): The longest passage, in characters. Example: 1200.
        document_id (None | str | Unset): The id to use; the server makes one when it is absent. Example: doc-1.
        filename (None | str | Unset): The file name to show; `raw_text.txt` when it is absent. Example: handbook.md.
        metadata_json (None | TextDocumentMetadataJsonType0 | Unset): Anything to store with the document; an object
            under `labels` becomes the document's labels.
        overwrite (bool | Unset): Whether to replace a document that already has this id.
    """

    corpus_id: str
    text: str
    chunk_overlap_chars: int | None | Unset = UNSET
    chunk_size_chars: int | None | Unset = UNSET
    document_id: None | str | Unset = UNSET
    filename: None | str | Unset = UNSET
    metadata_json: None | TextDocumentMetadataJsonType0 | Unset = UNSET
    overwrite: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.text_document_metadata_json_type_0 import TextDocumentMetadataJsonType0  # noqa: PLC0415

        corpus_id = self.corpus_id

        text = self.text

        chunk_overlap_chars: int | None | Unset
        if isinstance(self.chunk_overlap_chars, Unset):
            chunk_overlap_chars = UNSET
        else:
            chunk_overlap_chars = self.chunk_overlap_chars

        chunk_size_chars: int | None | Unset
        if isinstance(self.chunk_size_chars, Unset):
            chunk_size_chars = UNSET
        else:
            chunk_size_chars = self.chunk_size_chars

        document_id: None | str | Unset
        if isinstance(self.document_id, Unset):
            document_id = UNSET
        else:
            document_id = self.document_id

        filename: None | str | Unset
        if isinstance(self.filename, Unset):
            filename = UNSET
        else:
            filename = self.filename

        metadata_json: dict[str, Any] | None | Unset
        if isinstance(self.metadata_json, Unset):
            metadata_json = UNSET
        elif isinstance(self.metadata_json, TextDocumentMetadataJsonType0):
            metadata_json = self.metadata_json.to_dict()
        else:
            metadata_json = self.metadata_json

        overwrite = self.overwrite

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corpus_id": corpus_id,
                "text": text,
            }
        )
        if chunk_overlap_chars is not UNSET:
            field_dict["chunk_overlap_chars"] = chunk_overlap_chars
        if chunk_size_chars is not UNSET:
            field_dict["chunk_size_chars"] = chunk_size_chars
        if document_id is not UNSET:
            field_dict["document_id"] = document_id
        if filename is not UNSET:
            field_dict["filename"] = filename
        if metadata_json is not UNSET:
            field_dict["metadata_json"] = metadata_json
        if overwrite is not UNSET:
            field_dict["overwrite"] = overwrite

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.text_document_metadata_json_type_0 import TextDocumentMetadataJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        corpus_id = d.pop("corpus_id")

        text = d.pop("text")

        def _parse_chunk_overlap_chars(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        chunk_overlap_chars = _parse_chunk_overlap_chars(d.pop("chunk_overlap_chars", UNSET))

        def _parse_chunk_size_chars(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        chunk_size_chars = _parse_chunk_size_chars(d.pop("chunk_size_chars", UNSET))

        def _parse_document_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_id = _parse_document_id(d.pop("document_id", UNSET))

        def _parse_filename(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        filename = _parse_filename(d.pop("filename", UNSET))

        def _parse_metadata_json(data: object) -> None | TextDocumentMetadataJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_json_type_0 = TextDocumentMetadataJsonType0.from_dict(data)

                return metadata_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TextDocumentMetadataJsonType0 | Unset, data)

        metadata_json = _parse_metadata_json(d.pop("metadata_json", UNSET))

        overwrite = d.pop("overwrite", UNSET)

        made_of_it = cls(
            corpus_id=corpus_id,
            text=text,
            chunk_overlap_chars=chunk_overlap_chars,
            chunk_size_chars=chunk_size_chars,
            document_id=document_id,
            filename=filename,
            metadata_json=metadata_json,
            overwrite=overwrite,
        )

        return made_of_it
