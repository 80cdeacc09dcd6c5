from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.hard_cap_mode import HardCapMode
from ..types import UNSET, Unset

T = TypeVar("T", bound="CostBudget")


@_attrs_define
class CostBudget:
    """What a tenant wants to spend in a month.

    Attributes:
        enforce_hard_cap (bool): Whether the budget holds; otherwise it only warns.
        hard_cap_mode (HardCapMode): What an enforced budget does when it is used up.
        tenant_id (str): The tenant.
        warn_ratio (float):
        created_at (datetime.datetime | None | Unset): Since when there is a budget.
        current_month_override_usd (float | None | Unset):
        monthly_budget_usd (float | None | Unset):
        updated_at (datetime.datetime | None | Unset): When it was changed last.
    """

    enforce_hard_cap: bool
    hard_cap_mode: HardCapMode
    tenant_id: str
    warn_ratio: float
    created_at: datetime.datetime | None | Unset = UNSET
    current_month_override_usd: float | None | Unset = UNSET
    monthly_budget_usd: float | None | Unset = UNSET
    updated_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        enforce_hard_cap = self.enforce_hard_cap

        hard_cap_mode = self.hard_cap_mode.value

        tenant_id = self.tenant_id

        warn_ratio = self.warn_ratio

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        current_month_override_usd: float | None | Unset
        if isinstance(self.current_month_override_usd, Unset):
            current_month_override_usd = UNSET
        else:
            current_month_override_usd = self.current_month_override_usd

        monthly_budget_usd: float | None | Unset
        if isinstance(self.monthly_budget_usd, Unset):
            monthly_budget_usd = UNSET
        else:
            monthly_budget_usd = self.monthly_budget_usd

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
                "enforce_hard_cap": enforce_hard_cap,
                "hard_cap_mode": hard_cap_mode,
                "tenant_id": tenant_id,
                "warn_ratio": warn_ratio,
            }
        )
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if current_month_override_usd is not UNSET:
            field_dict["current_month_override_usd"] = current_month_override_usd
        if monthly_budget_usd is not UNSET:
            field_dict["monthly_budget_usd"] = monthly_budget_usd
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        enforce_hard_cap = d.pop("enforce_hard_cap")

        hard_cap_mode = HardCapMode(d.pop("hard_cap_mode"))

        tenant_id = d.pop("tenant_id")

        warn_ratio = d.pop("warn_ratio")

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

        def _parse_current_month_override_usd(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        current_month_override_usd = _parse_current_month_override_usd(d.pop("current_month_override_usd", UNSET))

        def _parse_monthly_budget_usd(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        monthly_budget_usd = _parse_monthly_budget_usd(d.pop("monthly_budget_usd", UNSET))

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
            enforce_hard_cap=enforce_hard_cap,
            hard_cap_mode=hard_cap_mode,
            tenant_id=tenant_id,
            warn_ratio=warn_ratio,
            created_at=created_at,
            current_month_override_usd=current_month_override_usd,
            monthly_budget_usd=monthly_budget_usd,
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
