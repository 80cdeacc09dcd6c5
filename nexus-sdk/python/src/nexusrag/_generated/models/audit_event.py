from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audit_outcome import AuditOutcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.audit_event_metadata_json import AuditEventMetadataJson


T = TypeVar("T", bound="AuditEvent")


@_attrs_define
class AuditEvent:
    """Something that happened.

    Attributes:
        actor_type (str): How the actor was identified. Example: api_key.
        created_at (datetime.datetime): When it was written.
        event_type (str): What happened. Example: documents.deleted.
        id (int): Its number; later events have larger ones, almost in the order of time.
        metadata_json (AuditEventMetadataJson): Further facts: ids, counts and names, from a list for each type of
            event.
        occurred_at (datetime.datetime): When it happened.
        outcome (AuditOutcome): How something ended.
        actor_id (None | str | Unset): The credential of the actor.
        actor_role (None | str | Unset): The role of the actor at that time.
        error_code (None | str | Unset): The code that the caller was given.
        ip_address (None | str | Unset): The address of the caller.
        request_id (None | str | Unset): The request that caused it.
        resource_id (None | str | Unset): The thing that it was done to.
        resource_type (None | str | Unset): The kind of thing that it was done to.
        tenant_id (None | str | Unset): In which tenant.
        user_agent (None | str | Unset): The program of the caller.
    """

    actor_type: str
    created_at: datetime.datetime
    event_type: str
    id: int
    metadata_json: AuditEventMetadataJson
    occurred_at: datetime.datetime
    outcome: AuditOutcome
    actor_id: None | str | Unset = UNSET
    actor_role: None | str | Unset = UNSET
    error_code: None | str | Unset = UNSET
    ip_address: None | str | Unset = UNSET
    request_id: None | str | Unset = UNSET
    resource_id: None | str | Unset = UNSET
    resource_type: None | str | Unset = UNSET
    tenant_id: None | str | Unset = UNSET
    user_agent: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        actor_type = self.actor_type

        created_at = self.created_at.isoformat()

        event_type = self.event_type

        id = self.id

        metadata_json = self.metadata_json.to_dict()

        occurred_at = self.occurred_at.isoformat()

        outcome = self.outcome.value

        actor_id: None | str | Unset
        if isinstance(self.actor_id, Unset):
            actor_id = UNSET
        else:
            actor_id = self.actor_id

        actor_role: None | str | Unset
        if isinstance(self.actor_role, Unset):
            actor_role = UNSET
        else:
            actor_role = self.actor_role

        error_code: None | str | Unset
        if isinstance(self.error_code, Unset):
            error_code = UNSET
        else:
            error_code = self.error_code

        ip_address: None | str | Unset
        if isinstance(self.ip_address, Unset):
            ip_address = UNSET
        else:
            ip_address = self.ip_address

        request_id: None | str | Unset
        if isinstance(self.request_id, Unset):
            request_id = UNSET
        else:
            request_id = self.request_id

        resource_id: None | str | Unset
        if isinstance(self.resource_id, Unset):
            resource_id = UNSET
        else:
            resource_id = self.resource_id

        resource_type: None | str | Unset
        if isinstance(self.resource_type, Unset):
            resource_type = UNSET
        else:
            resource_type = self.resource_type

        tenant_id: None | str | Unset
        if isinstance(self.tenant_id, Unset):
            tenant_id = UNSET
        else:
            tenant_id = self.tenant_id

        user_agent: None | str | Unset
        if isinstance(self.user_agent, Unset):
            user_agent = UNSET
        else:
            user_agent = self.user_agent

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "actor_type": actor_type,
                "created_at": created_at,
                "event_type": event_type,
                "id": id,
                "metadata_json": metadata_json,
                "occurred_at": occurred_at,
                "outcome": outcome,
            }
        )
        if actor_id is not UNSET:
            field_dict["actor_id"] = actor_id
        if actor_role is not UNSET:
            field_dict["actor_role"] = actor_role
        if error_code is not UNSET:
            field_dict["error_code"] = error_code
        if ip_address is not UNSET:
            field_dict["ip_address"] = ip_address
        if request_id is not UNSET:
            field_dict["request_id"] = request_id
        if resource_id is not UNSET:
            field_dict["resource_id"] = resource_id
        if resource_type is not UNSET:
            field_dict["resource_type"] = resource_type
        if tenant_id is not UNSET:
            field_dict["tenant_id"] = tenant_id
        if user_agent is not UNSET:
            field_dict["user_agent"] = user_agent

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_event_metadata_json import AuditEventMetadataJson  # noqa: PLC0415

        d = dict(src_dict)
        actor_type = d.pop("actor_type")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        event_type = d.pop("event_type")

        id = d.pop("id")

        metadata_json = AuditEventMetadataJson.from_dict(d.pop("metadata_json"))

        occurred_at = datetime.datetime.fromisoformat(d.pop("occurred_at"))

        outcome = AuditOutcome(d.pop("outcome"))

        def _parse_actor_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        actor_id = _parse_actor_id(d.pop("actor_id", UNSET))

        def _parse_actor_role(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        actor_role = _parse_actor_role(d.pop("actor_role", UNSET))

        def _parse_error_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error_code = _parse_error_code(d.pop("error_code", UNSET))

        def _parse_ip_address(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ip_address = _parse_ip_address(d.pop("ip_address", UNSET))

        def _parse_request_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        request_id = _parse_request_id(d.pop("request_id", UNSET))

        def _parse_resource_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        resource_id = _parse_resource_id(d.pop("resource_id", UNSET))

        def _parse_resource_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        resource_type = _parse_resource_type(d.pop("resource_type", UNSET))

        def _parse_tenant_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant_id = _parse_tenant_id(d.pop("tenant_id", UNSET))

        def _parse_user_agent(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        user_agent = _parse_user_agent(d.pop("user_agent", UNSET))

        made_of_it = cls(
            actor_type=actor_type,
            created_at=created_at,
            event_type=event_type,
            id=id,
            metadata_json=metadata_json,
            occurred_at=occurred_at,
            outcome=outcome,
            actor_id=actor_id,
            actor_role=actor_role,
            error_code=error_code,
            ip_address=ip_address,
            request_id=request_id,
            resource_id=resource_id,
            resource_type=resource_type,
            tenant_id=tenant_id,
            user_agent=user_agent,
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
