from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_kill_switches_kill_switches import PatchKillSwitchesKillSwitches


T = TypeVar("T", bound="PatchKillSwitches")


@_attrs_define
class PatchKillSwitches:
    """Moves kill switches; those that are not named stay.

    Attributes:
        kill_switches (PatchKillSwitchesKillSwitches): Names and positions; names that are unknown are left out.
            Example: {'kill.tts': True}.
        reason (str): Why, for the audit log.
        expires_at (datetime.datetime | None | Unset): When the default counts again; never, when it is absent.
    """

    kill_switches: PatchKillSwitchesKillSwitches
    reason: str
    expires_at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        kill_switches = self.kill_switches.to_dict()

        reason = self.reason

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kill_switches": kill_switches,
                "reason": reason,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_kill_switches_kill_switches import PatchKillSwitchesKillSwitches  # noqa: PLC0415

        d = dict(src_dict)
        kill_switches = PatchKillSwitchesKillSwitches.from_dict(d.pop("kill_switches"))

        reason = d.pop("reason")

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        made_of_it = cls(
            kill_switches=kill_switches,
            reason=reason,
            expires_at=expires_at,
        )

        return made_of_it
