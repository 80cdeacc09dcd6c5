from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchQuota")


@_attrs_define
class PatchQuota:
    """Changes how much a tenant may use; absent fields stay as they are, and an explicit `null` removes a limit.

    Attributes:
        daily_requests_limit (int | None | Unset): Units a day.
        daily_tokens_limit (int | None | Unset): Tokens a day.
        hard_cap_enabled (bool | None | Unset): Whether a limit refuses requests, or only tells.
        monthly_requests_limit (int | None | Unset): Units a month.
        monthly_tokens_limit (int | None | Unset): Tokens a month.
        soft_cap_ratio (float | None | Unset): The share of a limit at which the tenant is warned, from 0 to 1.
    """

    daily_requests_limit: int | None | Unset = UNSET
    daily_tokens_limit: int | None | Unset = UNSET
    hard_cap_enabled: bool | None | Unset = UNSET
    monthly_requests_limit: int | None | Unset = UNSET
    monthly_tokens_limit: int | None | Unset = UNSET
    soft_cap_ratio: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        daily_requests_limit: int | None | Unset
        if isinstance(self.daily_requests_limit, Unset):
            daily_requests_limit = UNSET
        else:
            daily_requests_limit = self.daily_requests_limit

        daily_tokens_limit: int | None | Unset
        if isinstance(self.daily_tokens_limit, Unset):
            daily_tokens_limit = UNSET
        else:
            daily_tokens_limit = self.daily_tokens_limit

        hard_cap_enabled: bool | None | Unset
        if isinstance(self.hard_cap_enabled, Unset):
            hard_cap_enabled = UNSET
        else:
            hard_cap_enabled = self.hard_cap_enabled

        monthly_requests_limit: int | None | Unset
        if isinstance(self.monthly_requests_limit, Unset):
            monthly_requests_limit = UNSET
        else:
            monthly_requests_limit = self.monthly_requests_limit

        monthly_tokens_limit: int | None | Unset
        if isinstance(self.monthly_tokens_limit, Unset):
            monthly_tokens_limit = UNSET
        else:
            monthly_tokens_limit = self.monthly_tokens_limit

        soft_cap_ratio: float | None | Unset
        if isinstance(self.soft_cap_ratio, Unset):
            soft_cap_ratio = UNSET
        else:
            soft_cap_ratio = self.soft_cap_ratio

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if daily_requests_limit is not UNSET:
            field_dict["daily_requests_limit"] = daily_requests_limit
        if daily_tokens_limit is not UNSET:
            field_dict["daily_tokens_limit"] = daily_tokens_limit
        if hard_cap_enabled is not UNSET:
            field_dict["hard_cap_enabled"] = hard_cap_enabled
        if monthly_requests_limit is not UNSET:
            field_dict["monthly_requests_limit"] = monthly_requests_limit
        if monthly_tokens_limit is not UNSET:
            field_dict["monthly_tokens_limit"] = monthly_tokens_limit
        if soft_cap_ratio is not UNSET:
            field_dict["soft_cap_ratio"] = soft_cap_ratio

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_daily_requests_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        daily_requests_limit = _parse_daily_requests_limit(d.pop("daily_requests_limit", UNSET))

        def _parse_daily_tokens_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        daily_tokens_limit = _parse_daily_tokens_limit(d.pop("daily_tokens_limit", UNSET))

        def _parse_hard_cap_enabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        hard_cap_enabled = _parse_hard_cap_enabled(d.pop("hard_cap_enabled", UNSET))

        def _parse_monthly_requests_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        monthly_requests_limit = _parse_monthly_requests_limit(d.pop("monthly_requests_limit", UNSET))

        def _parse_monthly_tokens_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        monthly_tokens_limit = _parse_monthly_tokens_limit(d.pop("monthly_tokens_limit", UNSET))

        def _parse_soft_cap_ratio(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        soft_cap_ratio = _parse_soft_cap_ratio(d.pop("soft_cap_ratio", UNSET))

        made_of_it = cls(
            daily_requests_limit=daily_requests_limit,
            daily_tokens_limit=daily_tokens_limit,
            hard_cap_enabled=hard_cap_enabled,
            monthly_requests_limit=monthly_requests_limit,
            monthly_tokens_limit=monthly_tokens_limit,
            soft_cap_ratio=soft_cap_ratio,
        )

        return made_of_it
