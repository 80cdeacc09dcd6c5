from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CryptoKey")


@_attrs_define
class CryptoKey:
    """A version of the key of a tenant. The key itself never leaves the server.

    Attributes:
        created_at (datetime.datetime): When it was made.
        id (UUID): Its id.
        key_alias (str): What it is called. Example: tenant-master.
        key_ref (str): With which key.
        key_version (int): Which version.
        provider (str): What wraps it: `local_kms`, `aws_kms` or `gcp_kms`. Example: local_kms.
        status (str): `active` (it seals), `retiring` (it opens, and is being replaced), `retired` (it opens) or
            `revoked`. Example: active.
        tenant_id (str): Whose it is.
        activated_at (datetime.datetime | None | Unset): When it began to seal.
        retired_at (datetime.datetime | None | Unset): When it ended.
    """

    created_at: datetime.datetime
    id: UUID
    key_alias: str
    key_ref: str
    key_version: int
    provider: str
    status: str
    tenant_id: str
    activated_at: datetime.datetime | None | Unset = UNSET
    retired_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        id = str(self.id)

        key_alias = self.key_alias

        key_ref = self.key_ref

        key_version = self.key_version

        provider = self.provider

        status = self.status

        tenant_id = self.tenant_id

        activated_at: None | str | Unset
        if isinstance(self.activated_at, Unset):
            activated_at = UNSET
        elif isinstance(self.activated_at, datetime.datetime):
            activated_at = self.activated_at.isoformat()
        else:
            activated_at = self.activated_at

        retired_at: None | str | Unset
        if isinstance(self.retired_at, Unset):
            retired_at = UNSET
        elif isinstance(self.retired_at, datetime.datetime):
            retired_at = self.retired_at.isoformat()
        else:
            retired_at = self.retired_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created_at": created_at,
                "id": id,
                "key_alias": key_alias,
                "key_ref": key_ref,
                "key_version": key_version,
                "provider": provider,
                "status": status,
                "tenant_id": tenant_id,
            }
        )
        if activated_at is not UNSET:
            field_dict["activated_at"] = activated_at
        if retired_at is not UNSET:
            field_dict["retired_at"] = retired_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        id = UUID(d.pop("id"))

        key_alias = d.pop("key_alias")

        key_ref = d.pop("key_ref")

        key_version = d.pop("key_version")

        provider = d.pop("provider")

        status = d.pop("status")

        tenant_id = d.pop("tenant_id")

        def _parse_activated_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                activated_at_type_0 = datetime.datetime.fromisoformat(data)

                return activated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        activated_at = _parse_activated_at(d.pop("activated_at", UNSET))

        def _parse_retired_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                retired_at_type_0 = datetime.datetime.fromisoformat(data)

                return retired_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        retired_at = _parse_retired_at(d.pop("retired_at", UNSET))

        made_of_it = cls(
            created_at=created_at,
            id=id,
            key_alias=key_alias,
            key_ref=key_ref,
            key_version=key_version,
            provider=provider,
            status=status,
            tenant_id=tenant_id,
            activated_at=activated_at,
            retired_at=retired_at,
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
