from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.entitlement import Entitlement
    from ..models.planned_plan import PlannedPlan
    from ..models.quota_snapshot import QuotaSnapshot


T = TypeVar("T", bound="TenantPlan")


@_attrs_define
class TenantPlan:
    """The plan of a tenant.

    Attributes:
        entitlements (list[Entitlement]): Every feature, by its key, with what the operator decided for this tenant.
        is_active (bool): Whether it was assigned, and is not the default.
        plan_id (str): The plan that counts now. Example: pro.
        tenant_id (str): The tenant.
        effective_from (datetime.datetime | None | Unset): Since when; absent where the default plan counts.
        effective_to (datetime.datetime | None | Unset): Until when.
        plan_name (None | str | Unset): Its name for people.
        quota (None | QuotaSnapshot | Unset):
        upcoming (list[PlannedPlan] | Unset): What was agreed on for later, in the order of its dates.
    """

    entitlements: list[Entitlement]
    is_active: bool
    plan_id: str
    tenant_id: str
    effective_from: datetime.datetime | None | Unset = UNSET
    effective_to: datetime.datetime | None | Unset = UNSET
    plan_name: None | str | Unset = UNSET
    quota: None | QuotaSnapshot | Unset = UNSET
    upcoming: list[PlannedPlan] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.quota_snapshot import QuotaSnapshot  # noqa: PLC0415

        entitlements = []
        for entitlements_item_data in self.entitlements:
            entitlements_item = entitlements_item_data.to_dict()
            entitlements.append(entitlements_item)

        is_active = self.is_active

        plan_id = self.plan_id

        tenant_id = self.tenant_id

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

        plan_name: None | str | Unset
        if isinstance(self.plan_name, Unset):
            plan_name = UNSET
        else:
            plan_name = self.plan_name

        quota: dict[str, Any] | None | Unset
        if isinstance(self.quota, Unset):
            quota = UNSET
        elif isinstance(self.quota, QuotaSnapshot):
            quota = self.quota.to_dict()
        else:
            quota = self.quota

        upcoming: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.upcoming, Unset):
            upcoming = []
            for upcoming_item_data in self.upcoming:
                upcoming_item = upcoming_item_data.to_dict()
                upcoming.append(upcoming_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entitlements": entitlements,
                "is_active": is_active,
                "plan_id": plan_id,
                "tenant_id": tenant_id,
            }
        )
        if effective_from is not UNSET:
            field_dict["effective_from"] = effective_from
        if effective_to is not UNSET:
            field_dict["effective_to"] = effective_to
        if plan_name is not UNSET:
            field_dict["plan_name"] = plan_name
        if quota is not UNSET:
            field_dict["quota"] = quota
        if upcoming is not UNSET:
            field_dict["upcoming"] = upcoming

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entitlement import Entitlement  # noqa: PLC0415
        from ..models.planned_plan import PlannedPlan  # noqa: PLC0415
        from ..models.quota_snapshot import QuotaSnapshot  # noqa: PLC0415

        d = dict(src_dict)
        entitlements = []
        _entitlements = d.pop("entitlements")
        for entitlements_item_data in _entitlements:
            entitlements_item = Entitlement.from_dict(entitlements_item_data)

            entitlements.append(entitlements_item)

        is_active = d.pop("is_active")

        plan_id = d.pop("plan_id")

        tenant_id = d.pop("tenant_id")

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

        def _parse_plan_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        plan_name = _parse_plan_name(d.pop("plan_name", UNSET))

        def _parse_quota(data: object) -> None | QuotaSnapshot | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                quota_type_0 = QuotaSnapshot.from_dict(data)

                return quota_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | QuotaSnapshot | Unset, data)

        quota = _parse_quota(d.pop("quota", UNSET))

        _upcoming = d.pop("upcoming", UNSET)
        upcoming: list[PlannedPlan] | Unset = UNSET
        if _upcoming is not UNSET:
            upcoming = []
            for upcoming_item_data in _upcoming:
                upcoming_item = PlannedPlan.from_dict(upcoming_item_data)

                upcoming.append(upcoming_item)

        made_of_it = cls(
            entitlements=entitlements,
            is_active=is_active,
            plan_id=plan_id,
            tenant_id=tenant_id,
            effective_from=effective_from,
            effective_to=effective_to,
            plan_name=plan_name,
            quota=quota,
            upcoming=upcoming,
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
