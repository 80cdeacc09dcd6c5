from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.quota_snapshot import QuotaSnapshot
    from ..models.ui_api import UiApi
    from ..models.ui_bootstrap_entitlements import UiBootstrapEntitlements
    from ..models.ui_feature_flags import UiFeatureFlags
    from ..models.ui_plan import UiPlan
    from ..models.ui_principal import UiPrincipal


T = TypeVar("T", bound="UiBootstrap")


@_attrs_define
class UiBootstrap:
    """Who asks, and what he may use.

    Attributes:
        api (UiApi): The API that answers.
        entitlements (UiBootstrapEntitlements): What the plan includes, by the key of the feature.
        feature_flags (UiFeatureFlags): What would work now for the tenant, whatever the role.
        plan (UiPlan): A plan by its name.
        principal (UiPrincipal): Who asks.
        server_time (datetime.datetime): The time of the server.
        quota_snapshot (None | QuotaSnapshot | Unset):
    """

    api: UiApi
    entitlements: UiBootstrapEntitlements
    feature_flags: UiFeatureFlags
    plan: UiPlan
    principal: UiPrincipal
    server_time: datetime.datetime
    quota_snapshot: None | QuotaSnapshot | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.quota_snapshot import QuotaSnapshot  # noqa: PLC0415

        api = self.api.to_dict()

        entitlements = self.entitlements.to_dict()

        feature_flags = self.feature_flags.to_dict()

        plan = self.plan.to_dict()

        principal = self.principal.to_dict()

        server_time = self.server_time.isoformat()

        quota_snapshot: dict[str, Any] | None | Unset
        if isinstance(self.quota_snapshot, Unset):
            quota_snapshot = UNSET
        elif isinstance(self.quota_snapshot, QuotaSnapshot):
            quota_snapshot = self.quota_snapshot.to_dict()
        else:
            quota_snapshot = self.quota_snapshot

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "api": api,
                "entitlements": entitlements,
                "feature_flags": feature_flags,
                "plan": plan,
                "principal": principal,
                "server_time": server_time,
            }
        )
        if quota_snapshot is not UNSET:
            field_dict["quota_snapshot"] = quota_snapshot

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.quota_snapshot import QuotaSnapshot  # noqa: PLC0415
        from ..models.ui_api import UiApi  # noqa: PLC0415
        from ..models.ui_bootstrap_entitlements import UiBootstrapEntitlements  # noqa: PLC0415
        from ..models.ui_feature_flags import UiFeatureFlags  # noqa: PLC0415
        from ..models.ui_plan import UiPlan  # noqa: PLC0415
        from ..models.ui_principal import UiPrincipal  # noqa: PLC0415

        d = dict(src_dict)
        api = UiApi.from_dict(d.pop("api"))

        entitlements = UiBootstrapEntitlements.from_dict(d.pop("entitlements"))

        feature_flags = UiFeatureFlags.from_dict(d.pop("feature_flags"))

        plan = UiPlan.from_dict(d.pop("plan"))

        principal = UiPrincipal.from_dict(d.pop("principal"))

        server_time = datetime.datetime.fromisoformat(d.pop("server_time"))

        def _parse_quota_snapshot(data: object) -> None | QuotaSnapshot | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                quota_snapshot_type_0 = QuotaSnapshot.from_dict(data)

                return quota_snapshot_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | QuotaSnapshot | Unset, data)

        quota_snapshot = _parse_quota_snapshot(d.pop("quota_snapshot", UNSET))

        made_of_it = cls(
            api=api,
            entitlements=entitlements,
            feature_flags=feature_flags,
            plan=plan,
            principal=principal,
            server_time=server_time,
            quota_snapshot=quota_snapshot,
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
