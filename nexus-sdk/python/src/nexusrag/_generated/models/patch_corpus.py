from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_corpus_provider_config_json_type_0 import PatchCorpusProviderConfigJsonType0


T = TypeVar("T", bound="PatchCorpus")


@_attrs_define
class PatchCorpus:
    """Changes a corpus; absent fields stay as they are.

    Attributes:
        name (None | str | Unset): The new name. Example: Handbook 2026.
        provider_config_json (None | PatchCorpusProviderConfigJsonType0 | Unset): The new provider settings; they
            replace the old ones as a whole.
    """

    name: None | str | Unset = UNSET
    provider_config_json: None | PatchCorpusProviderConfigJsonType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.patch_corpus_provider_config_json_type_0 import PatchCorpusProviderConfigJsonType0  # noqa: PLC0415

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        provider_config_json: dict[str, Any] | None | Unset
        if isinstance(self.provider_config_json, Unset):
            provider_config_json = UNSET
        elif isinstance(self.provider_config_json, PatchCorpusProviderConfigJsonType0):
            provider_config_json = self.provider_config_json.to_dict()
        else:
            provider_config_json = self.provider_config_json

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if provider_config_json is not UNSET:
            field_dict["provider_config_json"] = provider_config_json

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_corpus_provider_config_json_type_0 import PatchCorpusProviderConfigJsonType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_provider_config_json(data: object) -> None | PatchCorpusProviderConfigJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                provider_config_json_type_0 = PatchCorpusProviderConfigJsonType0.from_dict(data)

                return provider_config_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PatchCorpusProviderConfigJsonType0 | Unset, data)

        provider_config_json = _parse_provider_config_json(d.pop("provider_config_json", UNSET))

        made_of_it = cls(
            name=name,
            provider_config_json=provider_config_json,
        )

        return made_of_it
