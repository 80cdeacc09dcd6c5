from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.sla_assignment_override_json_type_0 import SlaAssignmentOverrideJsonType0


T = TypeVar("T", bound="SlaAssignment")


@_attrs_define
class SlaAssignment:
    """Which policy counts for a tenant.

    Attributes:
        created_at (datetime.datetime): When it was made.
        effective_from (datetime.datetime): From when on it counts.
        id (str): Its id.
        policy_id (str): The policy.
        tenant_id (str): The tenant.
        updated_at (datetime.datetime): When it was last changed.
        effective_to (datetime.datetime | None | Unset): Until when it counts.
        override_json (None | SlaAssignmentOverrideJsonType0 | Unset): What is laid over the policy's document.
        planned_from (datetime.datetime | None | Unset): When it takes over.
        planned_policy_id (None | str | Unset): The policy that takes over later, if one is assigned.
    """

    created_at: datetime.datetime
    effective_from: datetime.datetime
    id: str
    policy_id: str
    tenant_id: str
    updated_at: datetime.datetime
    effective_to: datetime.datetime | None | Unset = UNSET
    override_json: None | SlaAssignmentOverrideJsonType0 | Unset = UNSET
    planned_from: datetime.datetime | None | Unset = UNSET
    planned_policy_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.sla_assignment_override_json_type_0 import SlaAssignmentOverrideJsonType0  # noqa: PLC0415

        created_at = self.created_at.isoformat()

        effective_from = self.effective_from.isoformat()

        id = self.id

        policy_id = self.policy_id

        tenant_id = self.tenant_id

        updated_at = self.updated_at.isoformat()

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
        elif isinstance(self.override_json, SlaAssignmentOverrideJsonType0):
            override_json = self.override_json.to_dict()
        else:
            override_json = self.override_json

        planned_from: None | str | Unset
        if isinstance(self.planned_from, Unset):
            planned_from = UNSET
        elif isinstance(self.planned_from, datetime.datetime):
            planned_from = self.planned_from.isoformat()
        else:
            planned_from = self.planned_from

        planned_policy_id: None | str | Unset
        if isinstance(self.planned_policy_id, Unset):
            planned_policy_id = UNSET
        else:
            planned_policy_id = self.planned_policy_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created_at": created_at,
                "effective_from": effective_from,
                "id": id,
                "policy_id": policy_id,
                "tenant_id": tenant_id,
                "updated_at": updated_at,
            }
        )
        if effective_to is not UNSET:
            field_dict["effective_to"] = effective_to
        if override_json is not UNSET:
            field_dict["override_json"] = override_json
        if planned_from is not UNSET:
            field_dict["planned_from"] = planned_from
        if planned_policy_id is not UNSET:
            field_dict["planned_policy_id"] = planned_policy_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.sla_assignment_override_json_type_0 import SlaAssignmentOverrideJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        effective_from = datetime.datetime.fromisoformat(d.pop("effective_from"))

        id = d.pop("id")

        policy_id = d.pop("policy_id")

        tenant_id = d.pop("tenant_id")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

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

        def _parse_override_json(data: object) -> None | SlaAssignmentOverrideJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                override_json_type_0 = SlaAssignmentOverrideJsonType0.from_dict(data)

                return override_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SlaAssignmentOverrideJsonType0 | Unset, data)

        override_json = _parse_override_json(d.pop("override_json", UNSET))

        def _parse_planned_from(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                planned_from_type_0 = datetime.datetime.fromisoformat(data)

                return planned_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        planned_from = _parse_planned_from(d.pop("planned_from", UNSET))

        def _parse_planned_policy_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        planned_policy_id = _parse_planned_policy_id(d.pop("planned_policy_id", UNSET))

        made_of_it = cls(
            created_at=created_at,
            effective_from=effective_from,
            id=id,
            policy_id=policy_id,
            tenant_id=tenant_id,
            updated_at=updated_at,
            effective_to=effective_to,
            override_json=override_json,
            planned_from=planned_from,
            planned_policy_id=planned_policy_id,
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
