from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="UiFeatureFlags")


@_attrs_define
class UiFeatureFlags:
    """What would work now for the tenant, whatever the role.

    Attributes:
        audit_access (bool): The audit log, and with it the dashboard and the activity.
        billing_webhook_test (bool): Trying the billing webhook: the plan includes it, and somebody receives billing
            events.
        ops_admin_access (bool): The view of operations.
        tts_enabled (bool): Spoken answers: the plan includes them, there is a voice, and no switch stops it.
    """

    audit_access: bool
    billing_webhook_test: bool
    ops_admin_access: bool
    tts_enabled: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        audit_access = self.audit_access

        billing_webhook_test = self.billing_webhook_test

        ops_admin_access = self.ops_admin_access

        tts_enabled = self.tts_enabled

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "audit_access": audit_access,
                "billing_webhook_test": billing_webhook_test,
                "ops_admin_access": ops_admin_access,
                "tts_enabled": tts_enabled,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        audit_access = d.pop("audit_access")

        billing_webhook_test = d.pop("billing_webhook_test")

        ops_admin_access = d.pop("ops_admin_access")

        tts_enabled = d.pop("tts_enabled")

        made_of_it = cls(
            audit_access=audit_access,
            billing_webhook_test=billing_webhook_test,
            ops_admin_access=ops_admin_access,
            tts_enabled=tts_enabled,
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
