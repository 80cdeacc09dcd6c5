from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CostCapped")


@_attrs_define
class CostCapped:
    """`cost.capped`: the run is refused because the budget is spent.

    Attributes:
        estimated (bool): Whether any of this is an estimate.
        spend_usd (str): What is spent, this run's estimate included. Example: 100.003100.
        status (str): Always `capped`. Example: capped.
        budget_usd (None | str | Unset): The budget of the month, in decimal dollars. Example: 100.00.
    """

    estimated: bool
    spend_usd: str
    status: str
    budget_usd: None | str | Unset = UNSET
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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
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

        made_of_it = cls(
            estimated=estimated,
            spend_usd=spend_usd,
            status=status,
            budget_usd=budget_usd,
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
