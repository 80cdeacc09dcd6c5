from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CostDegradeActions")


@_attrs_define
class CostDegradeActions:
    """What a low budget changes about a run.

    Attributes:
        disable_audio (bool | None | Unset): Whether the answer is not spoken.
        ingest_chunk_overlap (int | None | Unset): The passage overlap for ingestion.
        ingest_chunk_size (int | None | Unset): The passage size for ingestion.
        max_output_tokens (int | None | Unset): The most tokens generated.
        top_k (int | None | Unset): The most passages looked at.
    """

    disable_audio: bool | None | Unset = UNSET
    ingest_chunk_overlap: int | None | Unset = UNSET
    ingest_chunk_size: int | None | Unset = UNSET
    max_output_tokens: int | None | Unset = UNSET
    top_k: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        disable_audio: bool | None | Unset
        if isinstance(self.disable_audio, Unset):
            disable_audio = UNSET
        else:
            disable_audio = self.disable_audio

        ingest_chunk_overlap: int | None | Unset
        if isinstance(self.ingest_chunk_overlap, Unset):
            ingest_chunk_overlap = UNSET
        else:
            ingest_chunk_overlap = self.ingest_chunk_overlap

        ingest_chunk_size: int | None | Unset
        if isinstance(self.ingest_chunk_size, Unset):
            ingest_chunk_size = UNSET
        else:
            ingest_chunk_size = self.ingest_chunk_size

        max_output_tokens: int | None | Unset
        if isinstance(self.max_output_tokens, Unset):
            max_output_tokens = UNSET
        else:
            max_output_tokens = self.max_output_tokens

        top_k: int | None | Unset
        if isinstance(self.top_k, Unset):
            top_k = UNSET
        else:
            top_k = self.top_k

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if disable_audio is not UNSET:
            field_dict["disable_audio"] = disable_audio
        if ingest_chunk_overlap is not UNSET:
            field_dict["ingest_chunk_overlap"] = ingest_chunk_overlap
        if ingest_chunk_size is not UNSET:
            field_dict["ingest_chunk_size"] = ingest_chunk_size
        if max_output_tokens is not UNSET:
            field_dict["max_output_tokens"] = max_output_tokens
        if top_k is not UNSET:
            field_dict["top_k"] = top_k

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_disable_audio(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        disable_audio = _parse_disable_audio(d.pop("disable_audio", UNSET))

        def _parse_ingest_chunk_overlap(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        ingest_chunk_overlap = _parse_ingest_chunk_overlap(d.pop("ingest_chunk_overlap", UNSET))

        def _parse_ingest_chunk_size(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        ingest_chunk_size = _parse_ingest_chunk_size(d.pop("ingest_chunk_size", UNSET))

        def _parse_max_output_tokens(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_output_tokens = _parse_max_output_tokens(d.pop("max_output_tokens", UNSET))

        def _parse_top_k(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        top_k = _parse_top_k(d.pop("top_k", UNSET))

        made_of_it = cls(
            disable_audio=disable_audio,
            ingest_chunk_overlap=ingest_chunk_overlap,
            ingest_chunk_size=ingest_chunk_size,
            max_output_tokens=max_output_tokens,
            top_k=top_k,
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
