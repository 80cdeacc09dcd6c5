from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.rotation_failure import RotationFailure


T = TypeVar("T", bound="RotationJob")


@_attrs_define
class RotationJob:
    """A rotation of the key of a tenant.

    Attributes:
        failed_items (int): How many could not be read and stay where they are.
        failures (list[RotationFailure]): What could not be read, a hundred at most.
        from_key_id (UUID): The version before.
        id (UUID): Its id.
        processed_items (int): How many were sealed anew.
        status (str): `queued`, `running`, `paused`, `completed` or `failed`. Example: running.
        tenant_id (str): Whose keys.
        to_key_id (UUID): The version since.
        total_items (int): How many things were under older versions when it began.
        completed_at (datetime.datetime | None | Unset): When it was over.
        error_code (None | str | Unset): Why it failed.
        error_message (None | str | Unset): The same in words.
        started_at (datetime.datetime | None | Unset): When a worker began.
    """

    failed_items: int
    failures: list[RotationFailure]
    from_key_id: UUID
    id: UUID
    processed_items: int
    status: str
    tenant_id: str
    to_key_id: UUID
    total_items: int
    completed_at: datetime.datetime | None | Unset = UNSET
    error_code: None | str | Unset = UNSET
    error_message: None | str | Unset = UNSET
    started_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        failed_items = self.failed_items

        failures = []
        for failures_item_data in self.failures:
            failures_item = failures_item_data.to_dict()
            failures.append(failures_item)

        from_key_id = str(self.from_key_id)

        id = str(self.id)

        processed_items = self.processed_items

        status = self.status

        tenant_id = self.tenant_id

        to_key_id = str(self.to_key_id)

        total_items = self.total_items

        completed_at: None | str | Unset
        if isinstance(self.completed_at, Unset):
            completed_at = UNSET
        elif isinstance(self.completed_at, datetime.datetime):
            completed_at = self.completed_at.isoformat()
        else:
            completed_at = self.completed_at

        error_code: None | str | Unset
        if isinstance(self.error_code, Unset):
            error_code = UNSET
        else:
            error_code = self.error_code

        error_message: None | str | Unset
        if isinstance(self.error_message, Unset):
            error_message = UNSET
        else:
            error_message = self.error_message

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        elif isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "failed_items": failed_items,
                "failures": failures,
                "from_key_id": from_key_id,
                "id": id,
                "processed_items": processed_items,
                "status": status,
                "tenant_id": tenant_id,
                "to_key_id": to_key_id,
                "total_items": total_items,
            }
        )
        if completed_at is not UNSET:
            field_dict["completed_at"] = completed_at
        if error_code is not UNSET:
            field_dict["error_code"] = error_code
        if error_message is not UNSET:
            field_dict["error_message"] = error_message
        if started_at is not UNSET:
            field_dict["started_at"] = started_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.rotation_failure import RotationFailure  # noqa: PLC0415

        d = dict(src_dict)
        failed_items = d.pop("failed_items")

        failures = []
        _failures = d.pop("failures")
        for failures_item_data in _failures:
            failures_item = RotationFailure.from_dict(failures_item_data)

            failures.append(failures_item)

        from_key_id = UUID(d.pop("from_key_id"))

        id = UUID(d.pop("id"))

        processed_items = d.pop("processed_items")

        status = d.pop("status")

        tenant_id = d.pop("tenant_id")

        to_key_id = UUID(d.pop("to_key_id"))

        total_items = d.pop("total_items")

        def _parse_completed_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                completed_at_type_0 = datetime.datetime.fromisoformat(data)

                return completed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        completed_at = _parse_completed_at(d.pop("completed_at", UNSET))

        def _parse_error_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error_code = _parse_error_code(d.pop("error_code", UNSET))

        def _parse_error_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error_message = _parse_error_message(d.pop("error_message", UNSET))

        def _parse_started_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        started_at = _parse_started_at(d.pop("started_at", UNSET))

        made_of_it = cls(
            failed_items=failed_items,
            failures=failures,
            from_key_id=from_key_id,
            id=id,
            processed_items=processed_items,
            status=status,
            tenant_id=tenant_id,
            to_key_id=to_key_id,
            total_items=total_items,
            completed_at=completed_at,
            error_code=error_code,
            error_message=error_message,
            started_at=started_at,
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
