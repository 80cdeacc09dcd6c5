from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Quota")


@_attrs_define
class Quota:
    """How much a tenant may use; a limit that is `null` is none.

    Attributes:
        hard_cap_enabled (bool): Whether a limit refuses requests, or only tells.
        soft_cap_ratio (float): The share of a limit at which the tenant is warned. Example: 0.8.
        tenant_id (str): The tenant. Example: t1.
        daily_requests_limit (int | None | Unset): Units a day. A question costs three, everything else one. Example:
            10000.
        daily_tokens_limit (int | None | Unset): Tokens a day, for reports; budgets bound what models cost.
        monthly_requests_limit (int | None | Unset): Units a month.
        monthly_tokens_limit (int | None | Unset): Tokens a month, for reports.
    """

    hard_cap_enabled: bool
    soft_cap_ratio: float
    tenant_id: str
    daily_requests_limit: int | None | Unset = UNSET
    daily_tokens_limit: int | None | Unset = UNSET
    monthly_requests_limit: int | None | Unset = UNSET
    monthly_tokens_limit: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        hard_cap_enabled = self.hard_cap_enabled

        soft_cap_ratio = self.soft_cap_ratio

        tenant_id = self.tenant_id

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "hard_cap_enabled": hard_cap_enabled,
                "soft_cap_ratio": soft_cap_ratio,
                "tenant_id": tenant_id,
            }
        )
        if daily_requests_limit is not UNSET:
            field_dict["daily_requests_limit"] = daily_requests_limit
        if daily_tokens_limit is not UNSET:
            field_dict["daily_tokens_limit"] = daily_tokens_limit
        if monthly_requests_limit is not UNSET:
            field_dict["monthly_requests_limit"] = monthly_requests_limit
        if monthly_tokens_limit is not UNSET:
            field_dict["monthly_tokens_limit"] = monthly_tokens_limit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        hard_cap_enabled = d.pop("hard_cap_enabled")

        soft_cap_ratio = d.pop("soft_cap_ratio")

        tenant_id = d.pop("tenant_id")

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

        made_of_it = cls(
            hard_cap_enabled=hard_cap_enabled,
            soft_cap_ratio=soft_cap_ratio,
            tenant_id=tenant_id,
            daily_requests_limit=daily_requests_limit,
            daily_tokens_limit=daily_tokens_limit,
            monthly_requests_limit=monthly_requests_limit,
            monthly_tokens_limit=monthly_tokens_limit,
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
