from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReindexRequest")


@_attrs_define
class ReindexRequest:
    """Asks for a document to be indexed again; absent fields take the server's defaults.

    Attributes:
        chunk_overlap_chars (int | None | Unset): How much neighbouring passages share, in characters. Example: 150.
        chunk_size_chars (int | None | Unset): The longest passage, in characters. Example: 1200.
    """

    chunk_overlap_chars: int | None | Unset = UNSET
    chunk_size_chars: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
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

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if chunk_overlap_chars is not UNSET:
            field_dict["chunk_overlap_chars"] = chunk_overlap_chars
        if chunk_size_chars is not UNSET:
            field_dict["chunk_size_chars"] = chunk_size_chars

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

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

        made_of_it = cls(
            chunk_overlap_chars=chunk_overlap_chars,
            chunk_size_chars=chunk_size_chars,
        )

        return made_of_it
