from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.import_status import ImportStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.import_failure import ImportFailure


T = TypeVar("T", bound="Import")


@_attrs_define
class Import:
    """An import. The documents that it made are processed by jobs of their own.

    Attributes:
        accepted (int): Files accepted as documents, new or changed.
        corpus_id (str): The corpus the documents go to. Example: c1.
        created_at (datetime.datetime): When it was asked for.
        failed (int): Files not accepted for another reason.
        id (str): The import's id.
        overwrite (bool): Whether documents whose file changed are replaced.
        skipped (int): Files of no type that is read.
        source (str): Where the files are. Example: s3://bucket/handbooks.
        status (ImportStatus): How far an import got.
        unchanged (int): Files that were there already, as they are.
        updated_at (datetime.datetime): When it last got further.
        differing (int | Unset): Files that differ from the document of their name, which stays as it is unless
            documents are replaced.
        failure_reason (None | str | Unset): Why it was given up; null unless it was.
        failures (list[ImportFailure] | Unset): The first hundred of those.
        finished_at (datetime.datetime | None | Unset): When it ended.
        position (None | str | Unset): The file that it is behind.
    """

    accepted: int
    corpus_id: str
    created_at: datetime.datetime
    failed: int
    id: str
    overwrite: bool
    skipped: int
    source: str
    status: ImportStatus
    unchanged: int
    updated_at: datetime.datetime
    differing: int | Unset = UNSET
    failure_reason: None | str | Unset = UNSET
    failures: list[ImportFailure] | Unset = UNSET
    finished_at: datetime.datetime | None | Unset = UNSET
    position: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        accepted = self.accepted

        corpus_id = self.corpus_id

        created_at = self.created_at.isoformat()

        failed = self.failed

        id = self.id

        overwrite = self.overwrite

        skipped = self.skipped

        source = self.source

        status = self.status.value

        unchanged = self.unchanged

        updated_at = self.updated_at.isoformat()

        differing = self.differing

        failure_reason: None | str | Unset
        if isinstance(self.failure_reason, Unset):
            failure_reason = UNSET
        else:
            failure_reason = self.failure_reason

        failures: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.failures, Unset):
            failures = []
            for failures_item_data in self.failures:
                failures_item = failures_item_data.to_dict()
                failures.append(failures_item)

        finished_at: None | str | Unset
        if isinstance(self.finished_at, Unset):
            finished_at = UNSET
        elif isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        position: None | str | Unset
        if isinstance(self.position, Unset):
            position = UNSET
        else:
            position = self.position

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "accepted": accepted,
                "corpus_id": corpus_id,
                "created_at": created_at,
                "failed": failed,
                "id": id,
                "overwrite": overwrite,
                "skipped": skipped,
                "source": source,
                "status": status,
                "unchanged": unchanged,
                "updated_at": updated_at,
            }
        )
        if differing is not UNSET:
            field_dict["differing"] = differing
        if failure_reason is not UNSET:
            field_dict["failure_reason"] = failure_reason
        if failures is not UNSET:
            field_dict["failures"] = failures
        if finished_at is not UNSET:
            field_dict["finished_at"] = finished_at
        if position is not UNSET:
            field_dict["position"] = position

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_failure import ImportFailure  # noqa: PLC0415

        d = dict(src_dict)
        accepted = d.pop("accepted")

        corpus_id = d.pop("corpus_id")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        failed = d.pop("failed")

        id = d.pop("id")

        overwrite = d.pop("overwrite")

        skipped = d.pop("skipped")

        source = d.pop("source")

        status = ImportStatus(d.pop("status"))

        unchanged = d.pop("unchanged")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        differing = d.pop("differing", UNSET)

        def _parse_failure_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        failure_reason = _parse_failure_reason(d.pop("failure_reason", UNSET))

        _failures = d.pop("failures", UNSET)
        failures: list[ImportFailure] | Unset = UNSET
        if _failures is not UNSET:
            failures = []
            for failures_item_data in _failures:
                failures_item = ImportFailure.from_dict(failures_item_data)

                failures.append(failures_item)

        def _parse_finished_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        finished_at = _parse_finished_at(d.pop("finished_at", UNSET))

        def _parse_position(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        position = _parse_position(d.pop("position", UNSET))

        made_of_it = cls(
            accepted=accepted,
            corpus_id=corpus_id,
            created_at=created_at,
            failed=failed,
            id=id,
            overwrite=overwrite,
            skipped=skipped,
            source=source,
            status=status,
            unchanged=unchanged,
            updated_at=updated_at,
            differing=differing,
            failure_reason=failure_reason,
            failures=failures,
            finished_at=finished_at,
            position=position,
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
