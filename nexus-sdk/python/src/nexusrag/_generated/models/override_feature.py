from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.override_feature_config_json_type_0 import OverrideFeatureConfigJsonType0


T = TypeVar("T", bound="OverrideFeature")


@_attrs_define
class OverrideFeature:
    """Decides a feature for one tenant.

    Attributes:
        feature_key (str): The feature. Example: feature.tts.
        config_json (None | OverrideFeatureConfigJsonType0 | Unset): Particulars of it. What is absent stays; null goes
            back to what the plan says.
        enabled (bool | None | Unset): Whether it is included. What is absent stays; null goes back to what the plan
            says.
    """

    feature_key: str
    config_json: None | OverrideFeatureConfigJsonType0 | Unset = UNSET
    enabled: bool | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.override_feature_config_json_type_0 import OverrideFeatureConfigJsonType0  # noqa: PLC0415

        feature_key = self.feature_key

        config_json: dict[str, Any] | None | Unset
        if isinstance(self.config_json, Unset):
            config_json = UNSET
        elif isinstance(self.config_json, OverrideFeatureConfigJsonType0):
            config_json = self.config_json.to_dict()
        else:
            config_json = self.config_json

        enabled: bool | None | Unset
        if isinstance(self.enabled, Unset):
            enabled = UNSET
        else:
            enabled = self.enabled

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "feature_key": feature_key,
            }
        )
        if config_json is not UNSET:
            field_dict["config_json"] = config_json
        if enabled is not UNSET:
            field_dict["enabled"] = enabled

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.override_feature_config_json_type_0 import OverrideFeatureConfigJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        feature_key = d.pop("feature_key")

        def _parse_config_json(data: object) -> None | OverrideFeatureConfigJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                config_json_type_0 = OverrideFeatureConfigJsonType0.from_dict(data)

                return config_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OverrideFeatureConfigJsonType0 | Unset, data)

        config_json = _parse_config_json(d.pop("config_json", UNSET))

        def _parse_enabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        enabled = _parse_enabled(d.pop("enabled", UNSET))

        made_of_it = cls(
            feature_key=feature_key,
            config_json=config_json,
            enabled=enabled,
        )

        return made_of_it
