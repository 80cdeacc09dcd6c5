from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.cost_degrade_actions import CostDegradeActions
    from ..models.estimate_meta import EstimateMeta


T = TypeVar("T", bound="CostNotice")


@_attrs_define
class CostNotice:
    """`cost.warn` and `cost.degraded`: the tenant's budget runs low, and what is done about it.

    Attributes:
        estimated (bool): Whether any of this is an estimate.
        spend_usd (str): What is spent, this run's estimate included. Example: 83.120000.
        status (str): The state of the budget. Example: warn.
        budget_usd (None | str | Unset): The budget of the month, in decimal dollars. Example: 100.00.
        degrade_actions (CostDegradeActions | Unset): What a low budget changes about a run.
        estimate_meta (EstimateMeta | Unset): What an estimate of cost assumes.
        remaining_usd (None | str | Unset): What is left. Example: 16.880000.
    """

    estimated: bool
    spend_usd: str
    status: str
    budget_usd: None | str | Unset = UNSET
    degrade_actions: CostDegradeActions | Unset = UNSET
    estimate_meta: EstimateMeta | Unset = UNSET
    remaining_usd: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        estimated = self.estimated

        spend_usd = self.spend_usd

        status = self.status

        budget_usd: None | str | Unset
        if isinstance(self.budget_usd, Unset):
            budget_usd = UNSET
        else:
            budget_usd = self.budget_usd

        degrade_actions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.degrade_actions, Unset):
            degrade_actions = self.degrade_actions.to_dict()

        estimate_meta: dict[str, Any] | Unset = UNSET
        if not isinstance(self.estimate_meta, Unset):
            estimate_meta = self.estimate_meta.to_dict()

        remaining_usd: None | str | Unset
        if isinstance(self.remaining_usd, Unset):
            remaining_usd = UNSET
        else:
            remaining_usd = self.remaining_usd

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "estimated": estimated,
                "spend_usd": spend_usd,
                "status": status,
            }
        )
        if budget_usd is not UNSET:
            field_dict["budget_usd"] = budget_usd
        if degrade_actions is not UNSET:
            field_dict["degrade_actions"] = degrade_actions
        if estimate_meta is not UNSET:
            field_dict["estimate_meta"] = estimate_meta
        if remaining_usd is not UNSET:
            field_dict["remaining_usd"] = remaining_usd

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.cost_degrade_actions import CostDegradeActions  # noqa: PLC0415
        from ..models.estimate_meta import EstimateMeta  # noqa: PLC0415

        d = dict(src_dict)
        estimated = d.pop("estimated")

        spend_usd = d.pop("spend_usd")

        status = d.pop("status")

        def _parse_budget_usd(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        budget_usd = _parse_budget_usd(d.pop("budget_usd", UNSET))

        _degrade_actions = d.pop("degrade_actions", UNSET)
        degrade_actions: CostDegradeActions | Unset
        if isinstance(_degrade_actions, Unset):
            degrade_actions = UNSET
        else:
            degrade_actions = CostDegradeActions.from_dict(_degrade_actions)

        _estimate_meta = d.pop("estimate_meta", UNSET)
        estimate_meta: EstimateMeta | Unset
        if isinstance(_estimate_meta, Unset):
            estimate_meta = UNSET
        else:
            estimate_meta = EstimateMeta.from_dict(_estimate_meta)

        def _parse_remaining_usd(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        remaining_usd = _parse_remaining_usd(d.pop("remaining_usd", UNSET))

        made_of_it = cls(
            estimated=estimated,
            spend_usd=spend_usd,
            status=status,
            budget_usd=budget_usd,
            degrade_actions=degrade_actions,
            estimate_meta=estimate_meta,
            remaining_usd=remaining_usd,
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
