from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.policy_action import PolicyAction
from ..models.policy_effect import PolicyEffect
from ..models.policy_resource import PolicyResource
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_policy_condition_json import PatchPolicyConditionJson


T = TypeVar("T", bound="PatchPolicy")


@_attrs_define
class PatchPolicy:
    """Changes a policy; absent fields stay as they are, and none may be null.

    Attributes:
        action (PolicyAction | Unset): Which action a policy is about.
        condition_json (PatchPolicyConditionJson | Unset): The new condition, as a whole; an empty object is always.
        effect (PolicyEffect | Unset): What a policy does when its condition holds. A deny beats every allow.
        enabled (bool | Unset): Whether it counts from now on.
        name (str | Unset): The new name.
        priority (int | Unset): The new priority.
        resource_type (PolicyResource | Unset): What a policy is about.
    """

    action: PolicyAction | Unset = UNSET
    condition_json: PatchPolicyConditionJson | Unset = UNSET
    effect: PolicyEffect | Unset = UNSET
    enabled: bool | Unset = UNSET
    name: str | Unset = UNSET
    priority: int | Unset = UNSET
    resource_type: PolicyResource | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        action: str | Unset = UNSET
        if not isinstance(self.action, Unset):
            action = self.action.value

        condition_json: dict[str, Any] | Unset = UNSET
        if not isinstance(self.condition_json, Unset):
            condition_json = self.condition_json.to_dict()

        effect: str | Unset = UNSET
        if not isinstance(self.effect, Unset):
            effect = self.effect.value

        enabled = self.enabled

        name = self.name

        priority = self.priority

        resource_type: str | Unset = UNSET
        if not isinstance(self.resource_type, Unset):
            resource_type = self.resource_type.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if action is not UNSET:
            field_dict["action"] = action
        if condition_json is not UNSET:
            field_dict["condition_json"] = condition_json
        if effect is not UNSET:
            field_dict["effect"] = effect
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if name is not UNSET:
            field_dict["name"] = name
        if priority is not UNSET:
            field_dict["priority"] = priority
        if resource_type is not UNSET:
            field_dict["resource_type"] = resource_type

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_policy_condition_json import PatchPolicyConditionJson  # noqa: PLC0415

        d = dict(src_dict)
        _action = d.pop("action", UNSET)
        action: PolicyAction | Unset
        if isinstance(_action, Unset):
            action = UNSET
        else:
            action = PolicyAction(_action)

        _condition_json = d.pop("condition_json", UNSET)
        condition_json: PatchPolicyConditionJson | Unset
        if isinstance(_condition_json, Unset):
            condition_json = UNSET
        else:
            condition_json = PatchPolicyConditionJson.from_dict(_condition_json)

        _effect = d.pop("effect", UNSET)
        effect: PolicyEffect | Unset
        if isinstance(_effect, Unset):
            effect = UNSET
        else:
            effect = PolicyEffect(_effect)

        enabled = d.pop("enabled", UNSET)

        name = d.pop("name", UNSET)

        priority = d.pop("priority", UNSET)

        _resource_type = d.pop("resource_type", UNSET)
        resource_type: PolicyResource | Unset
        if isinstance(_resource_type, Unset):
            resource_type = UNSET
        else:
            resource_type = PolicyResource(_resource_type)

        made_of_it = cls(
            action=action,
            condition_json=condition_json,
            effect=effect,
            enabled=enabled,
            name=name,
            priority=priority,
            resource_type=resource_type,
        )

        return made_of_it
