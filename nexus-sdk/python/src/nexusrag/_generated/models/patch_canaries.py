from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_canaries_canary_percentages import PatchCanariesCanaryPercentages


T = TypeVar("T", bound="PatchCanaries")


@_attrs_define
class PatchCanaries:
    """Moves rollouts; those that are not named stay.

    Attributes:
        canary_percentages (PatchCanariesCanaryPercentages): Names and percentages, cut to 0 to 100; names that are
            unknown are left out. Example: {'rollout.tts': 25}.
        reason (str): Why, for the audit log.
        expires_at (datetime.datetime | None | Unset): When the default counts again; never, when it is absent.
    """

    canary_percentages: PatchCanariesCanaryPercentages
    reason: str
    expires_at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        canary_percentages = self.canary_percentages.to_dict()

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
                "canary_percentages": canary_percentages,
                "reason": reason,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_canaries_canary_percentages import PatchCanariesCanaryPercentages  # noqa: PLC0415

        d = dict(src_dict)
        canary_percentages = PatchCanariesCanaryPercentages.from_dict(d.pop("canary_percentages"))

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
            canary_percentages=canary_percentages,
            reason=reason,
            expires_at=expires_at,
        )

        return made_of_it
