from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.crypto_key import CryptoKey
    from ..models.rotation_job import RotationJob


T = TypeVar("T", bound="KeyRotated")


@_attrs_define
class KeyRotated:
    """The new version, and the job that seals anew what older ones sealed.

    Attributes:
        key (CryptoKey): A version of the key of a tenant. The key itself never leaves the server.
        rotation_job (None | RotationJob | Unset):
    """

    key: CryptoKey
    rotation_job: None | RotationJob | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.rotation_job import RotationJob  # noqa: PLC0415

        key = self.key.to_dict()

        rotation_job: dict[str, Any] | None | Unset
        if isinstance(self.rotation_job, Unset):
            rotation_job = UNSET
        elif isinstance(self.rotation_job, RotationJob):
            rotation_job = self.rotation_job.to_dict()
        else:
            rotation_job = self.rotation_job

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
            }
        )
        if rotation_job is not UNSET:
            field_dict["rotation_job"] = rotation_job

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.crypto_key import CryptoKey  # noqa: PLC0415
        from ..models.rotation_job import RotationJob  # noqa: PLC0415

        d = dict(src_dict)
        key = CryptoKey.from_dict(d.pop("key"))

        def _parse_rotation_job(data: object) -> None | RotationJob | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                rotation_job_type_0 = RotationJob.from_dict(data)

                return rotation_job_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RotationJob | Unset, data)

        rotation_job = _parse_rotation_job(d.pop("rotation_job", UNSET))

        made_of_it = cls(
            key=key,
            rotation_job=rotation_job,
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
