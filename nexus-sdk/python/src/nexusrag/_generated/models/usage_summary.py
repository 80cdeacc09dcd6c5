from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ingestion_counts import IngestionCounts
    from ..models.quota_snapshot import QuotaSnapshot
    from ..models.rate_limit_hits import RateLimitHits
    from ..models.request_counts import RequestCounts


T = TypeVar("T", bound="UsageSummary")


@_attrs_define
class UsageSummary:
    """What a tenant uses.

    Attributes:
        ingestion (IngestionCounts): Documents by what became of them.
        rate_limit_hits (RateLimitHits): Requests that a rate limit turned away.
        requests (RequestCounts): Requests of a window.
        window_days (int): The days that requests are counted over, today included. Example: 30.
        quota (None | QuotaSnapshot | Unset):
    """

    ingestion: IngestionCounts
    rate_limit_hits: RateLimitHits
    requests: RequestCounts
    window_days: int
    quota: None | QuotaSnapshot | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.quota_snapshot import QuotaSnapshot  # noqa: PLC0415

        ingestion = self.ingestion.to_dict()

        rate_limit_hits = self.rate_limit_hits.to_dict()

        requests = self.requests.to_dict()

        window_days = self.window_days

        quota: dict[str, Any] | None | Unset
        if isinstance(self.quota, Unset):
            quota = UNSET
        elif isinstance(self.quota, QuotaSnapshot):
            quota = self.quota.to_dict()
        else:
            quota = self.quota

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ingestion": ingestion,
                "rate_limit_hits": rate_limit_hits,
                "requests": requests,
                "window_days": window_days,
            }
        )
        if quota is not UNSET:
            field_dict["quota"] = quota

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ingestion_counts import IngestionCounts  # noqa: PLC0415
        from ..models.quota_snapshot import QuotaSnapshot  # noqa: PLC0415
        from ..models.rate_limit_hits import RateLimitHits  # noqa: PLC0415
        from ..models.request_counts import RequestCounts  # noqa: PLC0415

        d = dict(src_dict)
        ingestion = IngestionCounts.from_dict(d.pop("ingestion"))

        rate_limit_hits = RateLimitHits.from_dict(d.pop("rate_limit_hits"))

        requests = RequestCounts.from_dict(d.pop("requests"))

        window_days = d.pop("window_days")

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

        made_of_it = cls(
            ingestion=ingestion,
            rate_limit_hits=rate_limit_hits,
            requests=requests,
            window_days=window_days,
            quota=quota,
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
