from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SlaDegradeActions")


@_attrs_define
class SlaDegradeActions:
    """What a service level at risk changes about a run.

    Attributes:
        disable_audio (bool | None | Unset): Whether the answer is not spoken.
        max_output_tokens (int | None | Unset): The most tokens generated.
        provider_fallback_order (list[str] | None | Unset): The retrieval providers to use instead, best first.
        top_k_floor (int | None | Unset): The most passages looked at.
    """

    disable_audio: bool | None | Unset = UNSET
    max_output_tokens: int | None | Unset = UNSET
    provider_fallback_order: list[str] | None | Unset = UNSET
    top_k_floor: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        disable_audio: bool | None | Unset
        if isinstance(self.disable_audio, Unset):
            disable_audio = UNSET
        else:
            disable_audio = self.disable_audio

        max_output_tokens: int | None | Unset
        if isinstance(self.max_output_tokens, Unset):
            max_output_tokens = UNSET
        else:
            max_output_tokens = self.max_output_tokens

        provider_fallback_order: list[str] | None | Unset
        if isinstance(self.provider_fallback_order, Unset):
            provider_fallback_order = UNSET
        elif isinstance(self.provider_fallback_order, list):
            provider_fallback_order = self.provider_fallback_order

        else:
            provider_fallback_order = self.provider_fallback_order

        top_k_floor: int | None | Unset
        if isinstance(self.top_k_floor, Unset):
            top_k_floor = UNSET
        else:
            top_k_floor = self.top_k_floor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if disable_audio is not UNSET:
            field_dict["disable_audio"] = disable_audio
        if max_output_tokens is not UNSET:
            field_dict["max_output_tokens"] = max_output_tokens
        if provider_fallback_order is not UNSET:
            field_dict["provider_fallback_order"] = provider_fallback_order
        if top_k_floor is not UNSET:
            field_dict["top_k_floor"] = top_k_floor

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

        def _parse_max_output_tokens(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_output_tokens = _parse_max_output_tokens(d.pop("max_output_tokens", UNSET))

        def _parse_provider_fallback_order(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                provider_fallback_order_type_0 = cast(list[str], data)

                return provider_fallback_order_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        provider_fallback_order = _parse_provider_fallback_order(d.pop("provider_fallback_order", UNSET))

        def _parse_top_k_floor(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        top_k_floor = _parse_top_k_floor(d.pop("top_k_floor", UNSET))

        made_of_it = cls(
            disable_audio=disable_audio,
            max_output_tokens=max_output_tokens,
            provider_fallback_order=provider_fallback_order,
            top_k_floor=top_k_floor,
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
