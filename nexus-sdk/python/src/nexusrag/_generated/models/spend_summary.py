from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.budget_snapshot import BudgetSnapshot
    from ..models.spend_summary_by_component import SpendSummaryByComponent
    from ..models.spend_summary_by_provider import SpendSummaryByProvider
    from ..models.spend_summary_by_route_class import SpendSummaryByRouteClass


T = TypeVar("T", bound="SpendSummary")


@_attrs_define
class SpendSummary:
    """What a month cost, by parts that each add up to the total.

    Attributes:
        by_component (SpendSummaryByComponent): By part of the work.
        by_provider (SpendSummaryByProvider): By who does it.
        by_route_class (SpendSummaryByRouteClass): By what was asked for.
        period (str): Always `month`.
        total_usd (float):
        year_month (str): The month.
        snapshot (BudgetSnapshot | None | Unset):
    """

    by_component: SpendSummaryByComponent
    by_provider: SpendSummaryByProvider
    by_route_class: SpendSummaryByRouteClass
    period: str
    total_usd: float
    year_month: str
    snapshot: BudgetSnapshot | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.budget_snapshot import BudgetSnapshot  # noqa: PLC0415

        by_component = self.by_component.to_dict()

        by_provider = self.by_provider.to_dict()

        by_route_class = self.by_route_class.to_dict()

        period = self.period

        total_usd = self.total_usd

        year_month = self.year_month

        snapshot: dict[str, Any] | None | Unset
        if isinstance(self.snapshot, Unset):
            snapshot = UNSET
        elif isinstance(self.snapshot, BudgetSnapshot):
            snapshot = self.snapshot.to_dict()
        else:
            snapshot = self.snapshot

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by_component": by_component,
                "by_provider": by_provider,
                "by_route_class": by_route_class,
                "period": period,
                "total_usd": total_usd,
                "year_month": year_month,
            }
        )
        if snapshot is not UNSET:
            field_dict["snapshot"] = snapshot

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.budget_snapshot import BudgetSnapshot  # noqa: PLC0415
        from ..models.spend_summary_by_component import SpendSummaryByComponent  # noqa: PLC0415
        from ..models.spend_summary_by_provider import SpendSummaryByProvider  # noqa: PLC0415
        from ..models.spend_summary_by_route_class import SpendSummaryByRouteClass  # noqa: PLC0415

        d = dict(src_dict)
        by_component = SpendSummaryByComponent.from_dict(d.pop("by_component"))

        by_provider = SpendSummaryByProvider.from_dict(d.pop("by_provider"))

        by_route_class = SpendSummaryByRouteClass.from_dict(d.pop("by_route_class"))

        period = d.pop("period")

        total_usd = d.pop("total_usd")

        year_month = d.pop("year_month")

        def _parse_snapshot(data: object) -> BudgetSnapshot | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                snapshot_type_0 = BudgetSnapshot.from_dict(data)

                return snapshot_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(BudgetSnapshot | None | Unset, data)

        snapshot = _parse_snapshot(d.pop("snapshot", UNSET))

        made_of_it = cls(
            by_component=by_component,
            by_provider=by_provider,
            by_route_class=by_route_class,
            period=period,
            total_usd=total_usd,
            year_month=year_month,
            snapshot=snapshot,
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
