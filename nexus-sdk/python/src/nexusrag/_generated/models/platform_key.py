from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.key_purpose import KeyPurpose
from ..models.platform_key_status import PlatformKeyStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="PlatformKey")


@_attrs_define
class PlatformKey:
    """A key of the platform, without its secret.

    Attributes:
        created_at (datetime.datetime): When it was made.
        key_id (str): Its id, which goes with what is signed. Example: whsig_0123456789abcdef0123456789abcdef.
        purpose (KeyPurpose): What a key of the platform is for.
        status (PlatformKeyStatus): What becomes of a key of the platform.
        activated_at (datetime.datetime | None | Unset): When it began to be used.
        public_key (None | str | Unset): What its signatures are checked with: Ed25519, in hex. Only keys for `signing`
            have it.
        retired_at (datetime.datetime | None | Unset): When it began to retire.
    """

    created_at: datetime.datetime
    key_id: str
    purpose: KeyPurpose
    status: PlatformKeyStatus
    activated_at: datetime.datetime | None | Unset = UNSET
    public_key: None | str | Unset = UNSET
    retired_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        key_id = self.key_id

        purpose = self.purpose.value

        status = self.status.value

        activated_at: None | str | Unset
        if isinstance(self.activated_at, Unset):
            activated_at = UNSET
        elif isinstance(self.activated_at, datetime.datetime):
            activated_at = self.activated_at.isoformat()
        else:
            activated_at = self.activated_at

        public_key: None | str | Unset
        if isinstance(self.public_key, Unset):
            public_key = UNSET
        else:
            public_key = self.public_key

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
                "key_id": key_id,
                "purpose": purpose,
                "status": status,
            }
        )
        if activated_at is not UNSET:
            field_dict["activated_at"] = activated_at
        if public_key is not UNSET:
            field_dict["public_key"] = public_key
        if retired_at is not UNSET:
            field_dict["retired_at"] = retired_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        key_id = d.pop("key_id")

        purpose = KeyPurpose(d.pop("purpose"))

        status = PlatformKeyStatus(d.pop("status"))

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

        def _parse_public_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        public_key = _parse_public_key(d.pop("public_key", UNSET))

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
            key_id=key_id,
            purpose=purpose,
            status=status,
            activated_at=activated_at,
            public_key=public_key,
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
