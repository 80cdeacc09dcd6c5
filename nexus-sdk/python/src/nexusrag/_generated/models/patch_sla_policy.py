from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.sla_tier import SlaTier
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_sla_policy_config_json_type_0 import PatchSlaPolicyConfigJsonType0


T = TypeVar("T", bound="PatchSlaPolicy")


@_attrs_define
class PatchSlaPolicy:
    """Changes a policy for service levels. What is absent stays; a change of more than `enabled` makes a new version.

    Attributes:
        config_json (None | PatchSlaPolicyConfigJsonType0 | Unset): The whole document, in place of the old one.
        enabled (bool | None | Unset): Whether it counts.
        name (None | str | Unset): What people call it.
        tier (None | SlaTier | Unset):
    """

    config_json: None | PatchSlaPolicyConfigJsonType0 | Unset = UNSET
    enabled: bool | None | Unset = UNSET
    name: None | str | Unset = UNSET
    tier: None | SlaTier | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.patch_sla_policy_config_json_type_0 import PatchSlaPolicyConfigJsonType0  # noqa: PLC0415

        config_json: dict[str, Any] | None | Unset
        if isinstance(self.config_json, Unset):
            config_json = UNSET
        elif isinstance(self.config_json, PatchSlaPolicyConfigJsonType0):
            config_json = self.config_json.to_dict()
        else:
            config_json = self.config_json

        enabled: bool | None | Unset
        if isinstance(self.enabled, Unset):
            enabled = UNSET
        else:
            enabled = self.enabled

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        tier: None | str | Unset
        if isinstance(self.tier, Unset):
            tier = UNSET
        elif isinstance(self.tier, SlaTier):
            tier = self.tier.value
        else:
            tier = self.tier

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if config_json is not UNSET:
            field_dict["config_json"] = config_json
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if name is not UNSET:
            field_dict["name"] = name
        if tier is not UNSET:
            field_dict["tier"] = tier

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_sla_policy_config_json_type_0 import PatchSlaPolicyConfigJsonType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_config_json(data: object) -> None | PatchSlaPolicyConfigJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                config_json_type_0 = PatchSlaPolicyConfigJsonType0.from_dict(data)

                return config_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PatchSlaPolicyConfigJsonType0 | Unset, data)

        config_json = _parse_config_json(d.pop("config_json", UNSET))

        def _parse_enabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        enabled = _parse_enabled(d.pop("enabled", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_tier(data: object) -> None | SlaTier | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                tier_type_0 = SlaTier(data)

                return tier_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SlaTier | Unset, data)

        tier = _parse_tier(d.pop("tier", UNSET))

        made_of_it = cls(
            config_json=config_json,
            enabled=enabled,
            name=name,
            tier=tier,
        )

        return made_of_it
