from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.price_metadata_json_type_0 import PriceMetadataJsonType0


T = TypeVar("T", bound="Price")


@_attrs_define
class Price:
    """A price of the catalogue.

    Attributes:
        active (bool): Whether it counts.
        component (str): What is priced.
        effective_from (datetime.datetime): From when.
        id (str): Its id.
        provider (str): Whose component.
        rate_type (str): What is counted.
        rate_value_usd (float):
        version (str): The version of the price list that it is from.
        effective_to (datetime.datetime | None | Unset): Until when, this moment excluded; absent while no other
            follows.
        metadata_json (None | PriceMetadataJsonType0 | Unset): What its author attached.
        tenant_id (None | str | Unset): The tenant that it holds for; absent when it holds for all.
    """

    active: bool
    component: str
    effective_from: datetime.datetime
    id: str
    provider: str
    rate_type: str
    rate_value_usd: float
    version: str
    effective_to: datetime.datetime | None | Unset = UNSET
    metadata_json: None | PriceMetadataJsonType0 | Unset = UNSET
    tenant_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.price_metadata_json_type_0 import PriceMetadataJsonType0  # noqa: PLC0415

        active = self.active

        component = self.component

        effective_from = self.effective_from.isoformat()

        id = self.id

        provider = self.provider

        rate_type = self.rate_type

        rate_value_usd = self.rate_value_usd

        version = self.version

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
        elif isinstance(self.metadata_json, PriceMetadataJsonType0):
            metadata_json = self.metadata_json.to_dict()
        else:
            metadata_json = self.metadata_json

        tenant_id: None | str | Unset
        if isinstance(self.tenant_id, Unset):
            tenant_id = UNSET
        else:
            tenant_id = self.tenant_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "active": active,
                "component": component,
                "effective_from": effective_from,
                "id": id,
                "provider": provider,
                "rate_type": rate_type,
                "rate_value_usd": rate_value_usd,
                "version": version,
            }
        )
        if effective_to is not UNSET:
            field_dict["effective_to"] = effective_to
        if metadata_json is not UNSET:
            field_dict["metadata_json"] = metadata_json
        if tenant_id is not UNSET:
            field_dict["tenant_id"] = tenant_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.price_metadata_json_type_0 import PriceMetadataJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        active = d.pop("active")

        component = d.pop("component")

        effective_from = datetime.datetime.fromisoformat(d.pop("effective_from"))

        id = d.pop("id")

        provider = d.pop("provider")

        rate_type = d.pop("rate_type")

        rate_value_usd = d.pop("rate_value_usd")

        version = d.pop("version")

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

        def _parse_metadata_json(data: object) -> None | PriceMetadataJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_json_type_0 = PriceMetadataJsonType0.from_dict(data)

                return metadata_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PriceMetadataJsonType0 | Unset, data)

        metadata_json = _parse_metadata_json(d.pop("metadata_json", UNSET))

        def _parse_tenant_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant_id = _parse_tenant_id(d.pop("tenant_id", UNSET))

        made_of_it = cls(
            active=active,
            component=component,
            effective_from=effective_from,
            id=id,
            provider=provider,
            rate_type=rate_type,
            rate_value_usd=rate_value_usd,
            version=version,
            effective_to=effective_to,
            metadata_json=metadata_json,
            tenant_id=tenant_id,
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
