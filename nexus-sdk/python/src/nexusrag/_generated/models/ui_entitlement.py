from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ui_entitlement_config_json_type_0 import UiEntitlementConfigJsonType0


T = TypeVar("T", bound="UiEntitlement")


@_attrs_define
class UiEntitlement:
    """What a plan says of a feature.

    Attributes:
        enabled (bool): Whether it is included.
        config_json (None | UiEntitlementConfigJsonType0 | Unset): Its particulars.
    """

    enabled: bool
    config_json: None | UiEntitlementConfigJsonType0 | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.ui_entitlement_config_json_type_0 import UiEntitlementConfigJsonType0  # noqa: PLC0415

        enabled = self.enabled

        config_json: dict[str, Any] | None | Unset
        if isinstance(self.config_json, Unset):
            config_json = UNSET
        elif isinstance(self.config_json, UiEntitlementConfigJsonType0):
            config_json = self.config_json.to_dict()
        else:
            config_json = self.config_json

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "enabled": enabled,
            }
        )
        if config_json is not UNSET:
            field_dict["config_json"] = config_json

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_entitlement_config_json_type_0 import UiEntitlementConfigJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        enabled = d.pop("enabled")

        def _parse_config_json(data: object) -> None | UiEntitlementConfigJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                config_json_type_0 = UiEntitlementConfigJsonType0.from_dict(data)

                return config_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UiEntitlementConfigJsonType0 | Unset, data)

        config_json = _parse_config_json(d.pop("config_json", UNSET))

        made_of_it = cls(
            enabled=enabled,
            config_json=config_json,
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
