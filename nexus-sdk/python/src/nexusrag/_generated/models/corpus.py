from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.corpus_provider_config_json import CorpusProviderConfigJson


T = TypeVar("T", bound="Corpus")


@_attrs_define
class Corpus:
    """A collection of documents.

    Attributes:
        created_at (datetime.datetime): When the corpus was created.
        embedding_dimension (int): The length of those vectors. Example: 384.
        embedding_model (str): The model whose vectors the corpus holds. Example: all-MiniLM-L6-v2.
        id (str): The corpus' id, unique within its tenant. Example: c1.
        name (str): What people call it. Example: Handbook.
        provider_config_json (CorpusProviderConfigJson): Which retrieval provider serves the corpus, and how.
        tenant_id (str): The tenant that owns the corpus. Example: t1.
        updated_at (datetime.datetime | None | Unset): When it was last changed; null when it never was.
    """

    created_at: datetime.datetime
    embedding_dimension: int
    embedding_model: str
    id: str
    name: str
    provider_config_json: CorpusProviderConfigJson
    tenant_id: str
    updated_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        embedding_dimension = self.embedding_dimension

        embedding_model = self.embedding_model

        id = self.id

        name = self.name

        provider_config_json = self.provider_config_json.to_dict()

        tenant_id = self.tenant_id

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created_at": created_at,
                "embedding_dimension": embedding_dimension,
                "embedding_model": embedding_model,
                "id": id,
                "name": name,
                "provider_config_json": provider_config_json,
                "tenant_id": tenant_id,
            }
        )
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.corpus_provider_config_json import CorpusProviderConfigJson  # noqa: PLC0415

        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        embedding_dimension = d.pop("embedding_dimension")

        embedding_model = d.pop("embedding_model")

        id = d.pop("id")

        name = d.pop("name")

        provider_config_json = CorpusProviderConfigJson.from_dict(d.pop("provider_config_json"))

        tenant_id = d.pop("tenant_id")

        def _parse_updated_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        made_of_it = cls(
            created_at=created_at,
            embedding_dimension=embedding_dimension,
            embedding_model=embedding_model,
            id=id,
            name=name,
            provider_config_json=provider_config_json,
            tenant_id=tenant_id,
            updated_at=updated_at,
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
