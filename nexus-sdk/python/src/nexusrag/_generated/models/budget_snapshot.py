from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.budget_status import BudgetStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="BudgetSnapshot")


@_attrs_define
class BudgetSnapshot:
    """How the budget of a month stood when that was last written down: now and then while something is spent.

    Attributes:
        computed_at (datetime.datetime): When this was written down.
        forecast_usd (float):
        spend_usd (float):
        status (BudgetStatus): How a budget stands.
        budget_usd (float | None | Unset):
        cap_triggered_at (datetime.datetime | None | Unset): When it first refused.
        degrade_triggered_at (datetime.datetime | None | Unset): When it first degraded.
        warn_triggered_at (datetime.datetime | None | Unset): When it first warned since then.
    """

    computed_at: datetime.datetime
    forecast_usd: float
    spend_usd: float
    status: BudgetStatus
    budget_usd: float | None | Unset = UNSET
    cap_triggered_at: datetime.datetime | None | Unset = UNSET
    degrade_triggered_at: datetime.datetime | None | Unset = UNSET
    warn_triggered_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        computed_at = self.computed_at.isoformat()

        forecast_usd = self.forecast_usd

        spend_usd = self.spend_usd

        status = self.status.value

        budget_usd: float | None | Unset
        if isinstance(self.budget_usd, Unset):
            budget_usd = UNSET
        else:
            budget_usd = self.budget_usd

        cap_triggered_at: None | str | Unset
        if isinstance(self.cap_triggered_at, Unset):
            cap_triggered_at = UNSET
        elif isinstance(self.cap_triggered_at, datetime.datetime):
            cap_triggered_at = self.cap_triggered_at.isoformat()
        else:
            cap_triggered_at = self.cap_triggered_at

        degrade_triggered_at: None | str | Unset
        if isinstance(self.degrade_triggered_at, Unset):
            degrade_triggered_at = UNSET
        elif isinstance(self.degrade_triggered_at, datetime.datetime):
            degrade_triggered_at = self.degrade_triggered_at.isoformat()
        else:
            degrade_triggered_at = self.degrade_triggered_at

        warn_triggered_at: None | str | Unset
        if isinstance(self.warn_triggered_at, Unset):
            warn_triggered_at = UNSET
        elif isinstance(self.warn_triggered_at, datetime.datetime):
            warn_triggered_at = self.warn_triggered_at.isoformat()
        else:
            warn_triggered_at = self.warn_triggered_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "computed_at": computed_at,
                "forecast_usd": forecast_usd,
                "spend_usd": spend_usd,
                "status": status,
            }
        )
        if budget_usd is not UNSET:
            field_dict["budget_usd"] = budget_usd
        if cap_triggered_at is not UNSET:
            field_dict["cap_triggered_at"] = cap_triggered_at
        if degrade_triggered_at is not UNSET:
            field_dict["degrade_triggered_at"] = degrade_triggered_at
        if warn_triggered_at is not UNSET:
            field_dict["warn_triggered_at"] = warn_triggered_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        computed_at = datetime.datetime.fromisoformat(d.pop("computed_at"))

        forecast_usd = d.pop("forecast_usd")

        spend_usd = d.pop("spend_usd")

        status = BudgetStatus(d.pop("status"))

        def _parse_budget_usd(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        budget_usd = _parse_budget_usd(d.pop("budget_usd", UNSET))

        def _parse_cap_triggered_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                cap_triggered_at_type_0 = datetime.datetime.fromisoformat(data)

                return cap_triggered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        cap_triggered_at = _parse_cap_triggered_at(d.pop("cap_triggered_at", UNSET))

        def _parse_degrade_triggered_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                degrade_triggered_at_type_0 = datetime.datetime.fromisoformat(data)

                return degrade_triggered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        degrade_triggered_at = _parse_degrade_triggered_at(d.pop("degrade_triggered_at", UNSET))

        def _parse_warn_triggered_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                warn_triggered_at_type_0 = datetime.datetime.fromisoformat(data)

                return warn_triggered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        warn_triggered_at = _parse_warn_triggered_at(d.pop("warn_triggered_at", UNSET))

        made_of_it = cls(
            computed_at=computed_at,
            forecast_usd=forecast_usd,
            spend_usd=spend_usd,
            status=status,
            budget_usd=budget_usd,
            cap_triggered_at=cap_triggered_at,
            degrade_triggered_at=degrade_triggered_at,
            warn_triggered_at=warn_triggered_at,
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
