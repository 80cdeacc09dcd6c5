from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.sla_tier import SlaTier
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.create_sla_policy_config_json import CreateSlaPolicyConfigJson


T = TypeVar("T", bound="CreateSlaPolicy")


@_attrs_define
class CreateSlaPolicy:
    """Makes a policy for service levels.

    Attributes:
        config_json (CreateSlaPolicyConfigJson): What it promises, and what is done when that is not kept: `objectives`,
            `enforcement` and `mitigation`.
        name (str): What people call it, 1 to 128 characters; unique together with the version. Example: enterprise-run-
            sla.
        tier (SlaTier): What people sell a policy as.
        enabled (bool | Unset): Whether it counts. Default: True.
        version (int | Unset): Its version, 1 or more. Default: 1.
    """

    config_json: CreateSlaPolicyConfigJson
    name: str
    tier: SlaTier
    enabled: bool | Unset = True
    version: int | Unset = 1

    def to_dict(self) -> dict[str, Any]:
        config_json = self.config_json.to_dict()

        name = self.name

        tier = self.tier.value

        enabled = self.enabled

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "config_json": config_json,
                "name": name,
                "tier": tier,
            }
        )
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.create_sla_policy_config_json import CreateSlaPolicyConfigJson  # noqa: PLC0415

        d = dict(src_dict)
        config_json = CreateSlaPolicyConfigJson.from_dict(d.pop("config_json"))

        name = d.pop("name")

        tier = SlaTier(d.pop("tier"))

        enabled = d.pop("enabled", UNSET)

        version = d.pop("version", UNSET)

        made_of_it = cls(
            config_json=config_json,
            name=name,
            tier=tier,
            enabled=enabled,
            version=version,
        )

        return made_of_it
