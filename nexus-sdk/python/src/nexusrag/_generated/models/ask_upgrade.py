from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AskUpgrade")


@_attrs_define
class AskUpgrade:
    """Asks for a larger plan.

    Attributes:
        target_plan (str): The plan that is wanted. Example: enterprise.
        reason (None | str | Unset): Why, for the operator.
    """

    target_plan: str
    reason: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        target_plan = self.target_plan

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "target_plan": target_plan,
            }
        )
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        target_plan = d.pop("target_plan")

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        made_of_it = cls(
            target_plan=target_plan,
            reason=reason,
        )

        return made_of_it
