from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.crypto_key import CryptoKey


T = TypeVar("T", bound="CryptoKeys")


@_attrs_define
class CryptoKeys:
    """The keys of a tenant.

    Attributes:
        keys (list[CryptoKey]): All versions, newest first.
        tenant_id (str): Whose they are.
        active_key_id (None | Unset | UUID): The one that seals; none before anything was sealed.
    """

    keys: list[CryptoKey]
    tenant_id: str
    active_key_id: None | Unset | UUID = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        keys = []
        for keys_item_data in self.keys:
            keys_item = keys_item_data.to_dict()
            keys.append(keys_item)

        tenant_id = self.tenant_id

        active_key_id: None | str | Unset
        if isinstance(self.active_key_id, Unset):
            active_key_id = UNSET
        elif isinstance(self.active_key_id, UUID):
            active_key_id = str(self.active_key_id)
        else:
            active_key_id = self.active_key_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "keys": keys,
                "tenant_id": tenant_id,
            }
        )
        if active_key_id is not UNSET:
            field_dict["active_key_id"] = active_key_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.crypto_key import CryptoKey  # noqa: PLC0415

        d = dict(src_dict)
        keys = []
        _keys = d.pop("keys")
        for keys_item_data in _keys:
            keys_item = CryptoKey.from_dict(keys_item_data)

            keys.append(keys_item)

        tenant_id = d.pop("tenant_id")

        def _parse_active_key_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                active_key_id_type_0 = UUID(data)

                return active_key_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        active_key_id = _parse_active_key_id(d.pop("active_key_id", UNSET))

        made_of_it = cls(
            keys=keys,
            tenant_id=tenant_id,
            active_key_id=active_key_id,
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
