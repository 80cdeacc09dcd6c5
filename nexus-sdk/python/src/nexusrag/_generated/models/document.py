from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.document_status import DocumentStatus
from ..models.ingest_source import IngestSource
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.document_labels import DocumentLabels
    from ..models.document_metadata_json import DocumentMetadataJson


T = TypeVar("T", bound="Document")


@_attrs_define
class Document:
    """A document as its readers see it.

    Attributes:
        content_type (str): The media type, by the content of what was sent. Example: text/markdown.
        corpus_id (str): The corpus the document belongs to. Example: c1.
        created_at (datetime.datetime): When the document was created.
        filename (str): The file name it was given. Example: handbook.md.
        id (str): The document's id, unique within its tenant. Example: doc-1.
        ingest_source (IngestSource): How a document came in.
        source (IngestSource): How a document came in.
        status (DocumentStatus): How far ingestion got.
        tenant_id (str): The tenant that owns the document. Example: t1.
        updated_at (datetime.datetime): When anything about it last changed.
        completed_at (datetime.datetime | None | Unset): When a worker last finished with it, well or not.
        declared_content_type (None | str | Unset): The media type that the client named, where the content is something
            else. Example: application/octet-stream.
        failure_reason (None | str | Unset): Why ingestion failed; null unless it did.
        ingest_notes (list[str] | Unset): What could not be read of the file, in sentences; absent when all of it could.
            Example: ['These pages could not be read and were left out: 3.'].
        labels (DocumentLabels | Unset): The labels that policies may look at.
        last_job_id (None | str | Unset): The job that ingested it last.
        last_reindexed_at (datetime.datetime | None | Unset): When it was last indexed again.
        metadata_json (DocumentMetadataJson | Unset): Whatever the client stored with the document.
        num_chunks (int | None | Unset): How many passages it was cut into; given for a single document that succeeded,
            null otherwise. Example: 12.
        processing_started_at (datetime.datetime | None | Unset): When a worker last began with it.
        queued_at (datetime.datetime | None | Unset): When it was last queued.
        title (None | str | Unset): The document's title, when one is known.
    """

    content_type: str
    corpus_id: str
    created_at: datetime.datetime
    filename: str
    id: str
    ingest_source: IngestSource
    source: IngestSource
    status: DocumentStatus
    tenant_id: str
    updated_at: datetime.datetime
    completed_at: datetime.datetime | None | Unset = UNSET
    declared_content_type: None | str | Unset = UNSET
    failure_reason: None | str | Unset = UNSET
    ingest_notes: list[str] | Unset = UNSET
    labels: DocumentLabels | Unset = UNSET
    last_job_id: None | str | Unset = UNSET
    last_reindexed_at: datetime.datetime | None | Unset = UNSET
    metadata_json: DocumentMetadataJson | Unset = UNSET
    num_chunks: int | None | Unset = UNSET
    processing_started_at: datetime.datetime | None | Unset = UNSET
    queued_at: datetime.datetime | None | Unset = UNSET
    title: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        content_type = self.content_type

        corpus_id = self.corpus_id

        created_at = self.created_at.isoformat()

        filename = self.filename

        id = self.id

        ingest_source = self.ingest_source.value

        source = self.source.value

        status = self.status.value

        tenant_id = self.tenant_id

        updated_at = self.updated_at.isoformat()

        completed_at: None | str | Unset
        if isinstance(self.completed_at, Unset):
            completed_at = UNSET
        elif isinstance(self.completed_at, datetime.datetime):
            completed_at = self.completed_at.isoformat()
        else:
            completed_at = self.completed_at

        declared_content_type: None | str | Unset
        if isinstance(self.declared_content_type, Unset):
            declared_content_type = UNSET
        else:
            declared_content_type = self.declared_content_type

        failure_reason: None | str | Unset
        if isinstance(self.failure_reason, Unset):
            failure_reason = UNSET
        else:
            failure_reason = self.failure_reason

        ingest_notes: list[str] | Unset = UNSET
        if not isinstance(self.ingest_notes, Unset):
            ingest_notes = self.ingest_notes

        labels: dict[str, Any] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels.to_dict()

        last_job_id: None | str | Unset
        if isinstance(self.last_job_id, Unset):
            last_job_id = UNSET
        else:
            last_job_id = self.last_job_id

        last_reindexed_at: None | str | Unset
        if isinstance(self.last_reindexed_at, Unset):
            last_reindexed_at = UNSET
        elif isinstance(self.last_reindexed_at, datetime.datetime):
            last_reindexed_at = self.last_reindexed_at.isoformat()
        else:
            last_reindexed_at = self.last_reindexed_at

        metadata_json: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata_json, Unset):
            metadata_json = self.metadata_json.to_dict()

        num_chunks: int | None | Unset
        if isinstance(self.num_chunks, Unset):
            num_chunks = UNSET
        else:
            num_chunks = self.num_chunks

        processing_started_at: None | str | Unset
        if isinstance(self.processing_started_at, Unset):
            processing_started_at = UNSET
        elif isinstance(self.processing_started_at, datetime.datetime):
            processing_started_at = self.processing_started_at.isoformat()
        else:
            processing_started_at = self.processing_started_at

        queued_at: None | str | Unset
        if isinstance(self.queued_at, Unset):
            queued_at = UNSET
        elif isinstance(self.queued_at, datetime.datetime):
            queued_at = self.queued_at.isoformat()
        else:
            queued_at = self.queued_at

        title: None | str | Unset
        if isinstance(self.title, Unset):
            title = UNSET
        else:
            title = self.title

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "content_type": content_type,
                "corpus_id": corpus_id,
                "created_at": created_at,
                "filename": filename,
                "id": id,
                "ingest_source": ingest_source,
                "source": source,
                "status": status,
                "tenant_id": tenant_id,
                "updated_at": updated_at,
            }
        )
        if completed_at is not UNSET:
            field_dict["completed_at"] = completed_at
        if declared_content_type is not UNSET:
            field_dict["declared_content_type"] = declared_content_type
        if failure_reason is not UNSET:
            field_dict["failure_reason"] = failure_reason
        if ingest_notes is not UNSET:
            field_dict["ingest_notes"] = ingest_notes
        if labels is not UNSET:
            field_dict["labels"] = labels
        if last_job_id is not UNSET:
            field_dict["last_job_id"] = last_job_id
        if last_reindexed_at is not UNSET:
            field_dict["last_reindexed_at"] = last_reindexed_at
        if metadata_json is not UNSET:
            field_dict["metadata_json"] = metadata_json
        if num_chunks is not UNSET:
            field_dict["num_chunks"] = num_chunks
        if processing_started_at is not UNSET:
            field_dict["processing_started_at"] = processing_started_at
        if queued_at is not UNSET:
            field_dict["queued_at"] = queued_at
        if title is not UNSET:
            field_dict["title"] = title

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.document_labels import DocumentLabels  # noqa: PLC0415
        from ..models.document_metadata_json import DocumentMetadataJson  # noqa: PLC0415

        d = dict(src_dict)
        content_type = d.pop("content_type")

        corpus_id = d.pop("corpus_id")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        filename = d.pop("filename")

        id = d.pop("id")

        ingest_source = IngestSource(d.pop("ingest_source"))

        source = IngestSource(d.pop("source"))

        status = DocumentStatus(d.pop("status"))

        tenant_id = d.pop("tenant_id")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

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

        def _parse_declared_content_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        declared_content_type = _parse_declared_content_type(d.pop("declared_content_type", UNSET))

        def _parse_failure_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        failure_reason = _parse_failure_reason(d.pop("failure_reason", UNSET))

        ingest_notes = cast(list[str], d.pop("ingest_notes", UNSET))

        _labels = d.pop("labels", UNSET)
        labels: DocumentLabels | Unset
        if isinstance(_labels, Unset):
            labels = UNSET
        else:
            labels = DocumentLabels.from_dict(_labels)

        def _parse_last_job_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_job_id = _parse_last_job_id(d.pop("last_job_id", UNSET))

        def _parse_last_reindexed_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_reindexed_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_reindexed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_reindexed_at = _parse_last_reindexed_at(d.pop("last_reindexed_at", UNSET))

        _metadata_json = d.pop("metadata_json", UNSET)
        metadata_json: DocumentMetadataJson | Unset
        if isinstance(_metadata_json, Unset):
            metadata_json = UNSET
        else:
            metadata_json = DocumentMetadataJson.from_dict(_metadata_json)

        def _parse_num_chunks(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        num_chunks = _parse_num_chunks(d.pop("num_chunks", UNSET))

        def _parse_processing_started_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                processing_started_at_type_0 = datetime.datetime.fromisoformat(data)

                return processing_started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        processing_started_at = _parse_processing_started_at(d.pop("processing_started_at", UNSET))

        def _parse_queued_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                queued_at_type_0 = datetime.datetime.fromisoformat(data)

                return queued_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        queued_at = _parse_queued_at(d.pop("queued_at", UNSET))

        def _parse_title(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        title = _parse_title(d.pop("title", UNSET))

        made_of_it = cls(
            content_type=content_type,
            corpus_id=corpus_id,
            created_at=created_at,
            filename=filename,
            id=id,
            ingest_source=ingest_source,
            source=source,
            status=status,
            tenant_id=tenant_id,
            updated_at=updated_at,
            completed_at=completed_at,
            declared_content_type=declared_content_type,
            failure_reason=failure_reason,
            ingest_notes=ingest_notes,
            labels=labels,
            last_job_id=last_job_id,
            last_reindexed_at=last_reindexed_at,
            metadata_json=metadata_json,
            num_chunks=num_chunks,
            processing_started_at=processing_started_at,
            queued_at=queued_at,
            title=title,
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
