from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.hard_cap_mode import HardCapMode
from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchCostBudget")


@_attrs_define
class PatchCostBudget:
    """A change of a budget. What is absent stays; `null` clears an amount.

    Attributes:
        current_month_override_usd (float | None | Unset):
        enforce_hard_cap (bool | None | Unset): Whether the budget holds.
        hard_cap_mode (HardCapMode | None | Unset):
        monthly_budget_usd (float | None | Unset):
        warn_ratio (float | None | Unset):
    """

    current_month_override_usd: float | None | Unset = UNSET
    enforce_hard_cap: bool | None | Unset = UNSET
    hard_cap_mode: HardCapMode | None | Unset = UNSET
    monthly_budget_usd: float | None | Unset = UNSET
    warn_ratio: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        current_month_override_usd: float | None | Unset
        if isinstance(self.current_month_override_usd, Unset):
            current_month_override_usd = UNSET
        else:
            current_month_override_usd = self.current_month_override_usd

        enforce_hard_cap: bool | None | Unset
        if isinstance(self.enforce_hard_cap, Unset):
            enforce_hard_cap = UNSET
        else:
            enforce_hard_cap = self.enforce_hard_cap

        hard_cap_mode: None | str | Unset
        if isinstance(self.hard_cap_mode, Unset):
            hard_cap_mode = UNSET
        elif isinstance(self.hard_cap_mode, HardCapMode):
            hard_cap_mode = self.hard_cap_mode.value
        else:
            hard_cap_mode = self.hard_cap_mode

        monthly_budget_usd: float | None | Unset
        if isinstance(self.monthly_budget_usd, Unset):
            monthly_budget_usd = UNSET
        else:
            monthly_budget_usd = self.monthly_budget_usd

        warn_ratio: float | None | Unset
        if isinstance(self.warn_ratio, Unset):
            warn_ratio = UNSET
        else:
            warn_ratio = self.warn_ratio

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if current_month_override_usd is not UNSET:
            field_dict["current_month_override_usd"] = current_month_override_usd
        if enforce_hard_cap is not UNSET:
            field_dict["enforce_hard_cap"] = enforce_hard_cap
        if hard_cap_mode is not UNSET:
            field_dict["hard_cap_mode"] = hard_cap_mode
        if monthly_budget_usd is not UNSET:
            field_dict["monthly_budget_usd"] = monthly_budget_usd
        if warn_ratio is not UNSET:
            field_dict["warn_ratio"] = warn_ratio

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_current_month_override_usd(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        current_month_override_usd = _parse_current_month_override_usd(d.pop("current_month_override_usd", UNSET))

        def _parse_enforce_hard_cap(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        enforce_hard_cap = _parse_enforce_hard_cap(d.pop("enforce_hard_cap", UNSET))

        def _parse_hard_cap_mode(data: object) -> HardCapMode | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                hard_cap_mode_type_0 = HardCapMode(data)

                return hard_cap_mode_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(HardCapMode | None | Unset, data)

        hard_cap_mode = _parse_hard_cap_mode(d.pop("hard_cap_mode", UNSET))

        def _parse_monthly_budget_usd(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        monthly_budget_usd = _parse_monthly_budget_usd(d.pop("monthly_budget_usd", UNSET))

        def _parse_warn_ratio(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        warn_ratio = _parse_warn_ratio(d.pop("warn_ratio", UNSET))

        made_of_it = cls(
            current_month_override_usd=current_month_override_usd,
            enforce_hard_cap=enforce_hard_cap,
            hard_cap_mode=hard_cap_mode,
            monthly_budget_usd=monthly_budget_usd,
            warn_ratio=warn_ratio,
        )

        return made_of_it
