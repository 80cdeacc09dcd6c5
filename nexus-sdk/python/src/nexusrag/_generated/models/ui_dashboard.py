from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.ui_alert import UiAlert
    from ..models.ui_card import UiCard
    from ..models.ui_charts import UiCharts


T = TypeVar("T", bound="UiDashboard")


@_attrs_define
class UiDashboard:
    """Figures of the last days.

    Attributes:
        alerts (list[UiAlert]): What somebody should know: `quota-soft-cap`, `rate-limit`, and the last five events as
            `audit-0` to `audit-4`.
        cards (list[UiCard]): `requests`, `quota_day`, `quota_month` and `rate_limits`; those of quotas are absent where
            nothing is counted.
        charts (UiCharts): The series of a dashboard.
    """

    alerts: list[UiAlert]
    cards: list[UiCard]
    charts: UiCharts
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        alerts = []
        for alerts_item_data in self.alerts:
            alerts_item = alerts_item_data.to_dict()
            alerts.append(alerts_item)

        cards = []
        for cards_item_data in self.cards:
            cards_item = cards_item_data.to_dict()
            cards.append(cards_item)

        charts = self.charts.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "alerts": alerts,
                "cards": cards,
                "charts": charts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_alert import UiAlert  # noqa: PLC0415
        from ..models.ui_card import UiCard  # noqa: PLC0415
        from ..models.ui_charts import UiCharts  # noqa: PLC0415

        d = dict(src_dict)
        alerts = []
        _alerts = d.pop("alerts")
        for alerts_item_data in _alerts:
            alerts_item = UiAlert.from_dict(alerts_item_data)

            alerts.append(alerts_item)

        cards = []
        _cards = d.pop("cards")
        for cards_item_data in _cards:
            cards_item = UiCard.from_dict(cards_item_data)

            cards.append(cards_item)

        charts = UiCharts.from_dict(d.pop("charts"))

        made_of_it = cls(
            alerts=alerts,
            cards=cards,
            charts=charts,
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
