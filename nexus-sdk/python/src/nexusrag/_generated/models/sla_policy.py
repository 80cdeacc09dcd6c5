from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sla_tier import SlaTier
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.sla_policy_config_json import SlaPolicyConfigJson


T = TypeVar("T", bound="SlaPolicy")


@_attrs_define
class SlaPolicy:
    """A policy for service levels.

    Attributes:
        config_json (SlaPolicyConfigJson): What it promises, and what is done when that is not kept.
        created_at (datetime.datetime): When it was made.
        enabled (bool): Whether it counts.
        id (str): Its id.
        name (str): What people call it.
        tier (SlaTier): What people sell a policy as.
        updated_at (datetime.datetime): When it was last changed.
        version (int): Counts the changes.
        created_by (None | str | Unset): The credential that made it.
        tenant_id (None | str | Unset): The tenant; absent for a policy of the operator, which counts for everybody
            without an assignment.
    """

    config_json: SlaPolicyConfigJson
    created_at: datetime.datetime
    enabled: bool
    id: str
    name: str
    tier: SlaTier
    updated_at: datetime.datetime
    version: int
    created_by: None | str | Unset = UNSET
    tenant_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        config_json = self.config_json.to_dict()

        created_at = self.created_at.isoformat()

        enabled = self.enabled

        id = self.id

        name = self.name

        tier = self.tier.value

        updated_at = self.updated_at.isoformat()

        version = self.version

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "config_json": config_json,
                "created_at": created_at,
                "enabled": enabled,
                "id": id,
                "name": name,
                "tier": tier,
                "updated_at": updated_at,
                "version": version,
            }
        )
        if created_by is not UNSET:
            field_dict["created_by"] = created_by
        if tenant_id is not UNSET:
            field_dict["tenant_id"] = tenant_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.sla_policy_config_json import SlaPolicyConfigJson  # noqa: PLC0415

        d = dict(src_dict)
        config_json = SlaPolicyConfigJson.from_dict(d.pop("config_json"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        enabled = d.pop("enabled")

        id = d.pop("id")

        name = d.pop("name")

        tier = SlaTier(d.pop("tier"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        version = d.pop("version")

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

        made_of_it = cls(
            config_json=config_json,
            created_at=created_at,
            enabled=enabled,
            id=id,
            name=name,
            tier=tier,
            updated_at=updated_at,
            version=version,
            created_by=created_by,
            tenant_id=tenant_id,
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
