from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.audit_checkpoint import AuditCheckpoint
    from ..models.audit_public_key import AuditPublicKey


T = TypeVar("T", bound="AuditKey")


@_attrs_define
class AuditKey:
    """What a stranger needs to check the log.

    Attributes:
        key (str): The public key that checkpoints are signed with now: Ed25519, in hex.
        checkpoint (AuditCheckpoint | None | Unset):
        keys (list[AuditPublicKey] | Unset): Every key that checkpoints of this installation may be signed with, those
            of before included: the newest first.
    """

    key: str
    checkpoint: AuditCheckpoint | None | Unset = UNSET
    keys: list[AuditPublicKey] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.audit_checkpoint import AuditCheckpoint  # noqa: PLC0415

        key = self.key

        checkpoint: dict[str, Any] | None | Unset
        if isinstance(self.checkpoint, Unset):
            checkpoint = UNSET
        elif isinstance(self.checkpoint, AuditCheckpoint):
            checkpoint = self.checkpoint.to_dict()
        else:
            checkpoint = self.checkpoint

        keys: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.keys, Unset):
            keys = []
            for keys_item_data in self.keys:
                keys_item = keys_item_data.to_dict()
                keys.append(keys_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
            }
        )
        if checkpoint is not UNSET:
            field_dict["checkpoint"] = checkpoint
        if keys is not UNSET:
            field_dict["keys"] = keys

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_checkpoint import AuditCheckpoint  # noqa: PLC0415
        from ..models.audit_public_key import AuditPublicKey  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        def _parse_checkpoint(data: object) -> AuditCheckpoint | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                checkpoint_type_0 = AuditCheckpoint.from_dict(data)

                return checkpoint_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AuditCheckpoint | None | Unset, data)

        checkpoint = _parse_checkpoint(d.pop("checkpoint", UNSET))

        _keys = d.pop("keys", UNSET)
        keys: list[AuditPublicKey] | Unset = UNSET
        if _keys is not UNSET:
            keys = []
            for keys_item_data in _keys:
                keys_item = AuditPublicKey.from_dict(keys_item_data)

                keys.append(keys_item)

        made_of_it = cls(
            key=key,
            checkpoint=checkpoint,
            keys=keys,
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
