from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.create_corpus_provider_config_json_type_0 import CreateCorpusProviderConfigJsonType0


T = TypeVar("T", bound="CreateCorpus")


@_attrs_define
class CreateCorpus:
    """Asks for a new corpus.

    Attributes:
        name (str): What people call it. Example: Handbook.
        id (None | str | Unset): The id to use; the server makes one when it is absent. Example: c1.
        provider_config_json (CreateCorpusProviderConfigJsonType0 | None | Unset): Which retrieval provider serves the
            corpus, and how; pgvector when it is absent.
    """

    name: str
    id: None | str | Unset = UNSET
    provider_config_json: CreateCorpusProviderConfigJsonType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.create_corpus_provider_config_json_type_0 import CreateCorpusProviderConfigJsonType0  # noqa: PLC0415

        name = self.name

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        provider_config_json: dict[str, Any] | None | Unset
        if isinstance(self.provider_config_json, Unset):
            provider_config_json = UNSET
        elif isinstance(self.provider_config_json, CreateCorpusProviderConfigJsonType0):
            provider_config_json = self.provider_config_json.to_dict()
        else:
            provider_config_json = self.provider_config_json

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if provider_config_json is not UNSET:
            field_dict["provider_config_json"] = provider_config_json

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.create_corpus_provider_config_json_type_0 import CreateCorpusProviderConfigJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_provider_config_json(data: object) -> CreateCorpusProviderConfigJsonType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                provider_config_json_type_0 = CreateCorpusProviderConfigJsonType0.from_dict(data)

                return provider_config_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreateCorpusProviderConfigJsonType0 | None | Unset, data)

        provider_config_json = _parse_provider_config_json(d.pop("provider_config_json", UNSET))

        made_of_it = cls(
            name=name,
            id=id,
            provider_config_json=provider_config_json,
        )

        return made_of_it
