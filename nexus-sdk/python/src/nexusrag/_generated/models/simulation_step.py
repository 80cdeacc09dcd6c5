from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.policy_effect import PolicyEffect

T = TypeVar("T", bound="SimulationStep")


@_attrs_define
class SimulationStep:
    """What one policy says.

    Attributes:
        decisive (bool): Whether it decides.
        effect (PolicyEffect): What a policy does when its condition holds. A deny beats every allow.
        matched (bool): Whether its condition holds.
        policy_id (str): The policy.
        shadowed (bool): Whether its condition holds and another policy decides.
    """

    decisive: bool
    effect: PolicyEffect
    matched: bool
    policy_id: str
    shadowed: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        decisive = self.decisive

        effect = self.effect.value

        matched = self.matched

        policy_id = self.policy_id

        shadowed = self.shadowed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "decisive": decisive,
                "effect": effect,
                "matched": matched,
                "policy_id": policy_id,
                "shadowed": shadowed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        decisive = d.pop("decisive")

        effect = PolicyEffect(d.pop("effect"))

        matched = d.pop("matched")

        policy_id = d.pop("policy_id")

        shadowed = d.pop("shadowed")

        made_of_it = cls(
            decisive=decisive,
            effect=effect,
            matched=matched,
            policy_id=policy_id,
            shadowed=shadowed,
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
