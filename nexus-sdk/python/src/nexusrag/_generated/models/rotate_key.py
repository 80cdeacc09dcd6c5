from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RotateKey")


@_attrs_define
class RotateKey:
    """Asks for a new version of the key.

    Attributes:
        force (bool | Unset): Whether a rotation that goes on is cancelled for this one.
        reason (None | str | Unset): Why.
        reencrypt (bool | Unset): Whether what older versions sealed is sealed anew.
    """

    force: bool | Unset = UNSET
    reason: None | str | Unset = UNSET
    reencrypt: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        force = self.force

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        reencrypt = self.reencrypt

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if force is not UNSET:
            field_dict["force"] = force
        if reason is not UNSET:
            field_dict["reason"] = reason
        if reencrypt is not UNSET:
            field_dict["reencrypt"] = reencrypt

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        force = d.pop("force", UNSET)

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        reencrypt = d.pop("reencrypt", UNSET)

        made_of_it = cls(
            force=force,
            reason=reason,
            reencrypt=reencrypt,
        )

        return made_of_it
