from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..types import UNSET, File, Unset

T = TypeVar("T", bound="UploadForm")


@_attrs_define
class UploadForm:
    """A file with its corpus.

    Attributes:
        corpus_id (str): The corpus.
        file (File): The file: text, Markdown, HTML, CSV, JSON, PDF, DOCX, PPTX, XLSX or e-mail. Its content decides
            which; its declared type and name are hints.
        chunk_overlap_chars (int | None | Unset): Characters that neighbouring chunks share.
        chunk_size_chars (int | None | Unset): Characters of a chunk at most.
        document_id (None | str | Unset): The id of the document; the server chooses one otherwise.
        metadata_json (None | str | Unset): What to attach, as a JSON object; `labels` and `title` in it have a meaning.
        overwrite (bool | None | Unset): Whether to replace a document that is there.
    """

    corpus_id: str
    file: File
    chunk_overlap_chars: int | None | Unset = UNSET
    chunk_size_chars: int | None | Unset = UNSET
    document_id: None | str | Unset = UNSET
    metadata_json: None | str | Unset = UNSET
    overwrite: bool | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        corpus_id = self.corpus_id

        file = self.file.to_tuple()

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

        metadata_json: None | str | Unset
        if isinstance(self.metadata_json, Unset):
            metadata_json = UNSET
        else:
            metadata_json = self.metadata_json

        overwrite: bool | None | Unset
        if isinstance(self.overwrite, Unset):
            overwrite = UNSET
        else:
            overwrite = self.overwrite

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "corpus_id": corpus_id,
                "file": file,
            }
        )
        if chunk_overlap_chars is not UNSET:
            field_dict["chunk_overlap_chars"] = chunk_overlap_chars
        if chunk_size_chars is not UNSET:
            field_dict["chunk_size_chars"] = chunk_size_chars
        if document_id is not UNSET:
            field_dict["document_id"] = document_id
        if metadata_json is not UNSET:
            field_dict["metadata_json"] = metadata_json
        if overwrite is not UNSET:
            field_dict["overwrite"] = overwrite

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("corpus_id", (None, str(self.corpus_id).encode(), "text/plain")))

        files.append(("file", self.file.to_tuple()))

        if not isinstance(self.chunk_overlap_chars, Unset):
            if isinstance(self.chunk_overlap_chars, int):
                files.append(("chunk_overlap_chars", (None, str(self.chunk_overlap_chars).encode(), "text/plain")))
            else:
                files.append(("chunk_overlap_chars", (None, str(self.chunk_overlap_chars).encode(), "text/plain")))

        if not isinstance(self.chunk_size_chars, Unset):
            if isinstance(self.chunk_size_chars, int):
                files.append(("chunk_size_chars", (None, str(self.chunk_size_chars).encode(), "text/plain")))
            else:
                files.append(("chunk_size_chars", (None, str(self.chunk_size_chars).encode(), "text/plain")))

        if not isinstance(self.document_id, Unset):
            if isinstance(self.document_id, str):
                files.append(("document_id", (None, str(self.document_id).encode(), "text/plain")))
            else:
                files.append(("document_id", (None, str(self.document_id).encode(), "text/plain")))

        if not isinstance(self.metadata_json, Unset):
            if isinstance(self.metadata_json, str):
                files.append(("metadata_json", (None, str(self.metadata_json).encode(), "text/plain")))
            else:
                files.append(("metadata_json", (None, str(self.metadata_json).encode(), "text/plain")))

        if not isinstance(self.overwrite, Unset):
            if isinstance(self.overwrite, bool):
                files.append(("overwrite", (None, str(self.overwrite).encode(), "text/plain")))
            else:
                files.append(("overwrite", (None, str(self.overwrite).encode(), "text/plain")))

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        corpus_id = d.pop("corpus_id")

        file = File(payload=BytesIO(d.pop("file")))

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

        def _parse_metadata_json(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        metadata_json = _parse_metadata_json(d.pop("metadata_json", UNSET))

        def _parse_overwrite(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        overwrite = _parse_overwrite(d.pop("overwrite", UNSET))

        made_of_it = cls(
            corpus_id=corpus_id,
            file=file,
            chunk_overlap_chars=chunk_overlap_chars,
            chunk_size_chars=chunk_size_chars,
            document_id=document_id,
            metadata_json=metadata_json,
            overwrite=overwrite,
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
