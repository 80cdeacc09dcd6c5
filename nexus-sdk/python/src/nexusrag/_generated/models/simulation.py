from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.simulation_acl import SimulationAcl
    from ..models.simulation_difference import SimulationDifference
    from ..models.simulation_step import SimulationStep


T = TypeVar("T", bound="Simulation")


@_attrs_define
class Simulation:
    """What would be decided.

    Attributes:
        allowed (bool): Whether policies would allow it.
        difference (SimulationDifference): What would be different from now.
        matched_policies (list[str]): Every policy whose condition holds, highest priority first.
        reason (str): Why, such as `policy_deny` or `default_deny`. Example: policy_allow.
        trace (list[SimulationStep]): Every policy for this action on this type of resource, highest priority first.
        acl (None | SimulationAcl | Unset):
        matched_policy_id (None | str | Unset): The policy that would decide, if one does.
    """

    allowed: bool
    difference: SimulationDifference
    matched_policies: list[str]
    reason: str
    trace: list[SimulationStep]
    acl: None | SimulationAcl | Unset = UNSET
    matched_policy_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.simulation_acl import SimulationAcl  # noqa: PLC0415

        allowed = self.allowed

        difference = self.difference.to_dict()

        matched_policies = self.matched_policies

        reason = self.reason

        trace = []
        for trace_item_data in self.trace:
            trace_item = trace_item_data.to_dict()
            trace.append(trace_item)

        acl: dict[str, Any] | None | Unset
        if isinstance(self.acl, Unset):
            acl = UNSET
        elif isinstance(self.acl, SimulationAcl):
            acl = self.acl.to_dict()
        else:
            acl = self.acl

        matched_policy_id: None | str | Unset
        if isinstance(self.matched_policy_id, Unset):
            matched_policy_id = UNSET
        else:
            matched_policy_id = self.matched_policy_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "allowed": allowed,
                "difference": difference,
                "matched_policies": matched_policies,
                "reason": reason,
                "trace": trace,
            }
        )
        if acl is not UNSET:
            field_dict["acl"] = acl
        if matched_policy_id is not UNSET:
            field_dict["matched_policy_id"] = matched_policy_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.simulation_acl import SimulationAcl  # noqa: PLC0415
        from ..models.simulation_difference import SimulationDifference  # noqa: PLC0415
        from ..models.simulation_step import SimulationStep  # noqa: PLC0415

        d = dict(src_dict)
        allowed = d.pop("allowed")

        difference = SimulationDifference.from_dict(d.pop("difference"))

        matched_policies = cast(list[str], d.pop("matched_policies"))

        reason = d.pop("reason")

        trace = []
        _trace = d.pop("trace")
        for trace_item_data in _trace:
            trace_item = SimulationStep.from_dict(trace_item_data)

            trace.append(trace_item)

        def _parse_acl(data: object) -> None | SimulationAcl | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                acl_type_0 = SimulationAcl.from_dict(data)

                return acl_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SimulationAcl | Unset, data)

        acl = _parse_acl(d.pop("acl", UNSET))

        def _parse_matched_policy_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        matched_policy_id = _parse_matched_policy_id(d.pop("matched_policy_id", UNSET))

        made_of_it = cls(
            allowed=allowed,
            difference=difference,
            matched_policies=matched_policies,
            reason=reason,
            trace=trace,
            acl=acl,
            matched_policy_id=matched_policy_id,
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
