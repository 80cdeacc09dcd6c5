from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_sla_assignment_override_json_type_0 import PatchSlaAssignmentOverrideJsonType0


T = TypeVar("T", bound="PatchSlaAssignment")


@_attrs_define
class PatchSlaAssignment:
    """Says which policy counts for a tenant, in place of what was said before.

    Attributes:
        policy_id (str): A policy of the tenant or of the operator.
        effective_from (datetime.datetime | None | Unset): From when on it counts; now when absent.
        effective_to (datetime.datetime | None | Unset): Until when it counts.
        override_json (None | PatchSlaAssignmentOverrideJsonType0 | Unset): What is laid over the policy's document:
            objects are merged, `null` takes a member away.
    """

    policy_id: str
    effective_from: datetime.datetime | None | Unset = UNSET
    effective_to: datetime.datetime | None | Unset = UNSET
    override_json: None | PatchSlaAssignmentOverrideJsonType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.patch_sla_assignment_override_json_type_0 import PatchSlaAssignmentOverrideJsonType0  # noqa: PLC0415

        policy_id = self.policy_id

        effective_from: None | str | Unset
        if isinstance(self.effective_from, Unset):
            effective_from = UNSET
        elif isinstance(self.effective_from, datetime.datetime):
            effective_from = self.effective_from.isoformat()
        else:
            effective_from = self.effective_from

        effective_to: None | str | Unset
        if isinstance(self.effective_to, Unset):
            effective_to = UNSET
        elif isinstance(self.effective_to, datetime.datetime):
            effective_to = self.effective_to.isoformat()
        else:
            effective_to = self.effective_to

        override_json: dict[str, Any] | None | Unset
        if isinstance(self.override_json, Unset):
            override_json = UNSET
        elif isinstance(self.override_json, PatchSlaAssignmentOverrideJsonType0):
            override_json = self.override_json.to_dict()
        else:
            override_json = self.override_json

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "policy_id": policy_id,
            }
        )
        if effective_from is not UNSET:
            field_dict["effective_from"] = effective_from
        if effective_to is not UNSET:
            field_dict["effective_to"] = effective_to
        if override_json is not UNSET:
            field_dict["override_json"] = override_json

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_sla_assignment_override_json_type_0 import PatchSlaAssignmentOverrideJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        policy_id = d.pop("policy_id")

        def _parse_effective_from(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                effective_from_type_0 = datetime.datetime.fromisoformat(data)

                return effective_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        effective_from = _parse_effective_from(d.pop("effective_from", UNSET))

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

        def _parse_override_json(data: object) -> None | PatchSlaAssignmentOverrideJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                override_json_type_0 = PatchSlaAssignmentOverrideJsonType0.from_dict(data)

                return override_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PatchSlaAssignmentOverrideJsonType0 | Unset, data)

        override_json = _parse_override_json(d.pop("override_json", UNSET))

        made_of_it = cls(
            policy_id=policy_id,
            effective_from=effective_from,
            effective_to=effective_to,
            override_json=override_json,
        )

        return made_of_it
