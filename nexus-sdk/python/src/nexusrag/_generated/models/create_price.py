from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.rate_type import RateType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.create_price_metadata_json_type_0 import CreatePriceMetadataJsonType0


T = TypeVar("T", bound="CreatePrice")


@_attrs_define
class CreatePrice:
    """A price to be.

    Attributes:
        component (str): What is priced: `retrieval`, `embedding`, `rerank`, `llm`, `tts`, `storage` or `queue`; 1 to 64
            characters.
        effective_from (datetime.datetime): From when. An open price of the same thing that began before ends here.
        provider (str): Whose component, such as `openai`, `vertex` or `internal`; 1 to 64 characters.
        rate_type (RateType): What a rate counts.
        rate_value_usd (float):
        version (str): The version of the price list that it is from; 1 to 64 characters.
        active (bool | Unset): Whether it counts.
        effective_to (datetime.datetime | None | Unset): Until when.
        metadata_json (CreatePriceMetadataJsonType0 | None | Unset): What to attach.
    """

    component: str
    effective_from: datetime.datetime
    provider: str
    rate_type: RateType
    rate_value_usd: float
    version: str
    active: bool | Unset = UNSET
    effective_to: datetime.datetime | None | Unset = UNSET
    metadata_json: CreatePriceMetadataJsonType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.create_price_metadata_json_type_0 import CreatePriceMetadataJsonType0  # noqa: PLC0415

        component = self.component

        effective_from = self.effective_from.isoformat()

        provider = self.provider

        rate_type = self.rate_type.value

        rate_value_usd = self.rate_value_usd

        version = self.version

        active = self.active

        effective_to: None | str | Unset
        if isinstance(self.effective_to, Unset):
            effective_to = UNSET
        elif isinstance(self.effective_to, datetime.datetime):
            effective_to = self.effective_to.isoformat()
        else:
            effective_to = self.effective_to

        metadata_json: dict[str, Any] | None | Unset
        if isinstance(self.metadata_json, Unset):
            metadata_json = UNSET
        elif isinstance(self.metadata_json, CreatePriceMetadataJsonType0):
            metadata_json = self.metadata_json.to_dict()
        else:
            metadata_json = self.metadata_json

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "component": component,
                "effective_from": effective_from,
                "provider": provider,
                "rate_type": rate_type,
                "rate_value_usd": rate_value_usd,
                "version": version,
            }
        )
        if active is not UNSET:
            field_dict["active"] = active
        if effective_to is not UNSET:
            field_dict["effective_to"] = effective_to
        if metadata_json is not UNSET:
            field_dict["metadata_json"] = metadata_json

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.create_price_metadata_json_type_0 import CreatePriceMetadataJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        component = d.pop("component")

        effective_from = datetime.datetime.fromisoformat(d.pop("effective_from"))

        provider = d.pop("provider")

        rate_type = RateType(d.pop("rate_type"))

        rate_value_usd = d.pop("rate_value_usd")

        version = d.pop("version")

        active = d.pop("active", UNSET)

        def _parse_effective_to(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                effective_to_type_0 = datetime.datetime.fromisoformat(data)

                return effective_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        effective_to = _parse_effective_to(d.pop("effective_to", UNSET))

        def _parse_metadata_json(data: object) -> CreatePriceMetadataJsonType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_json_type_0 = CreatePriceMetadataJsonType0.from_dict(data)

                return metadata_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreatePriceMetadataJsonType0 | None | Unset, data)

        metadata_json = _parse_metadata_json(d.pop("metadata_json", UNSET))

        made_of_it = cls(
            component=component,
            effective_from=effective_from,
            provider=provider,
            rate_type=rate_type,
            rate_value_usd=rate_value_usd,
            version=version,
            active=active,
            effective_to=effective_to,
            metadata_json=metadata_json,
        )

        return made_of_it
