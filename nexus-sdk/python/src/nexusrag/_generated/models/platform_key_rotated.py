from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.platform_key import PlatformKey


T = TypeVar("T", bound="PlatformKeyRotated")


@_attrs_define
class PlatformKeyRotated:
    """A key that was made.

    Attributes:
        key (PlatformKey): A key of the platform, without its secret.
        replaced_key_id (None | str | Unset): The key that it takes the place of.
        secret (None | str | Unset): Its secret, this once: an answer that is given again for the same `Idempotency-Key`
            is without it.
    """

    key: PlatformKey
    replaced_key_id: None | str | Unset = UNSET
    secret: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key.to_dict()

        replaced_key_id: None | str | Unset
        if isinstance(self.replaced_key_id, Unset):
            replaced_key_id = UNSET
        else:
            replaced_key_id = self.replaced_key_id

        secret: None | str | Unset
        if isinstance(self.secret, Unset):
            secret = UNSET
        else:
            secret = self.secret

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
            }
        )
        if replaced_key_id is not UNSET:
            field_dict["replaced_key_id"] = replaced_key_id
        if secret is not UNSET:
            field_dict["secret"] = secret

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.platform_key import PlatformKey  # noqa: PLC0415

        d = dict(src_dict)
        key = PlatformKey.from_dict(d.pop("key"))

        def _parse_replaced_key_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        replaced_key_id = _parse_replaced_key_id(d.pop("replaced_key_id", UNSET))

        def _parse_secret(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        secret = _parse_secret(d.pop("secret", UNSET))

        made_of_it = cls(
            key=key,
            replaced_key_id=replaced_key_id,
            secret=secret,
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
