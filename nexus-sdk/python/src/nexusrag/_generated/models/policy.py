from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.policy_action import PolicyAction
from ..models.policy_effect import PolicyEffect
from ..models.policy_resource import PolicyResource
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.policy_condition_json import PolicyConditionJson


T = TypeVar("T", bound="Policy")


@_attrs_define
class Policy:
    """A policy.

    Attributes:
        action (PolicyAction): Which action a policy is about.
        condition_json (PolicyConditionJson): When it holds; an empty object is always.
        effect (PolicyEffect): What a policy does when its condition holds. A deny beats every allow.
        enabled (bool): Whether it counts.
        id (str): The policy's id.
        name (str): What people call it.
        priority (int): Higher ones are named first where several say the same.
        resource_type (PolicyResource): What a policy is about.
        version (int): Counts its changes, from 1.
        created_at (datetime.datetime | None | Unset): When it was made.
        created_by (None | str | Unset): The API key or session that made it.
        tenant_id (None | str | Unset): The tenant that it binds; null for one of the operator, which binds all.
        updated_at (datetime.datetime | None | Unset): When it was last changed.
    """

    action: PolicyAction
    condition_json: PolicyConditionJson
    effect: PolicyEffect
    enabled: bool
    id: str
    name: str
    priority: int
    resource_type: PolicyResource
    version: int
    created_at: datetime.datetime | None | Unset = UNSET
    created_by: None | str | Unset = UNSET
    tenant_id: None | str | Unset = UNSET
    updated_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action = self.action.value

        condition_json = self.condition_json.to_dict()

        effect = self.effect.value

        enabled = self.enabled

        id = self.id

        name = self.name

        priority = self.priority

        resource_type = self.resource_type.value

        version = self.version

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        created_by: None | str | Unset
        if isinstance(self.created_by, Unset):
            created_by = UNSET
        else:
            created_by = self.created_by

        tenant_id: None | str | Unset
        if isinstance(self.tenant_id, Unset):
            tenant_id = UNSET
        else:
            tenant_id = self.tenant_id

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "condition_json": condition_json,
                "effect": effect,
                "enabled": enabled,
                "id": id,
                "name": name,
                "priority": priority,
                "resource_type": resource_type,
                "version": version,
            }
        )
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if created_by is not UNSET:
            field_dict["created_by"] = created_by
        if tenant_id is not UNSET:
            field_dict["tenant_id"] = tenant_id
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.policy_condition_json import PolicyConditionJson  # noqa: PLC0415

        d = dict(src_dict)
        action = PolicyAction(d.pop("action"))

        condition_json = PolicyConditionJson.from_dict(d.pop("condition_json"))

        effect = PolicyEffect(d.pop("effect"))

        enabled = d.pop("enabled")

        id = d.pop("id")

        name = d.pop("name")

        priority = d.pop("priority")

        resource_type = PolicyResource(d.pop("resource_type"))

        version = d.pop("version")

        def _parse_created_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_created_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        created_by = _parse_created_by(d.pop("created_by", UNSET))

        def _parse_tenant_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant_id = _parse_tenant_id(d.pop("tenant_id", UNSET))

        def _parse_updated_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        made_of_it = cls(
            action=action,
            condition_json=condition_json,
            effect=effect,
            enabled=enabled,
            id=id,
            name=name,
            priority=priority,
            resource_type=resource_type,
            version=version,
            created_at=created_at,
            created_by=created_by,
            tenant_id=tenant_id,
            updated_at=updated_at,
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
