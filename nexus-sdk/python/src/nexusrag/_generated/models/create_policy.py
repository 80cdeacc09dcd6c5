from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.policy_action import PolicyAction
from ..models.policy_effect import PolicyEffect
from ..models.policy_resource import PolicyResource
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.create_policy_condition_json_type_0 import CreatePolicyConditionJsonType0


T = TypeVar("T", bound="CreatePolicy")


@_attrs_define
class CreatePolicy:
    """Asks for a new policy.

    Attributes:
        action (PolicyAction): Which action a policy is about.
        effect (PolicyEffect): What a policy does when its condition holds. A deny beats every allow.
        name (str): What people call it. Example: No readers after hours.
        resource_type (PolicyResource): What a policy is about.
        condition_json (CreatePolicyConditionJsonType0 | None | Unset): When it holds; always when it is absent, null or
            empty.
        enabled (bool | Unset): Whether it counts. Default: True.
        priority (int | Unset): Higher ones are named first where several say the same. Default: 100.
    """

    action: PolicyAction
    effect: PolicyEffect
    name: str
    resource_type: PolicyResource
    condition_json: CreatePolicyConditionJsonType0 | None | Unset = UNSET
    enabled: bool | Unset = True
    priority: int | Unset = 100

    def to_dict(self) -> dict[str, Any]:
        from ..models.create_policy_condition_json_type_0 import CreatePolicyConditionJsonType0  # noqa: PLC0415

        action = self.action.value

        effect = self.effect.value

        name = self.name

        resource_type = self.resource_type.value

        condition_json: dict[str, Any] | None | Unset
        if isinstance(self.condition_json, Unset):
            condition_json = UNSET
        elif isinstance(self.condition_json, CreatePolicyConditionJsonType0):
            condition_json = self.condition_json.to_dict()
        else:
            condition_json = self.condition_json

        enabled = self.enabled

        priority = self.priority

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "action": action,
                "effect": effect,
                "name": name,
                "resource_type": resource_type,
            }
        )
        if condition_json is not UNSET:
            field_dict["condition_json"] = condition_json
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if priority is not UNSET:
            field_dict["priority"] = priority

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.create_policy_condition_json_type_0 import CreatePolicyConditionJsonType0  # noqa: PLC0415

        d = dict(src_dict)
        action = PolicyAction(d.pop("action"))

        effect = PolicyEffect(d.pop("effect"))

        name = d.pop("name")

        resource_type = PolicyResource(d.pop("resource_type"))

        def _parse_condition_json(data: object) -> CreatePolicyConditionJsonType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                condition_json_type_0 = CreatePolicyConditionJsonType0.from_dict(data)

                return condition_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreatePolicyConditionJsonType0 | None | Unset, data)

        condition_json = _parse_condition_json(d.pop("condition_json", UNSET))

        enabled = d.pop("enabled", UNSET)

        priority = d.pop("priority", UNSET)

        made_of_it = cls(
            action=action,
            effect=effect,
            name=name,
            resource_type=resource_type,
            condition_json=condition_json,
            enabled=enabled,
            priority=priority,
        )

        return made_of_it
