from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.document_status import DocumentStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="DocumentAccepted")


@_attrs_define
class DocumentAccepted:
    """The answer to an upload, a text, or a reindex.

    Attributes:
        document_id (str): The document's id. Example: doc-1.
        status (DocumentStatus): How far ingestion got.
        status_url (str): Where to ask how far it got. Example: /v1/documents/doc-1.
        differs (bool | Unset): Given and true when the document was there, stays as it is, and is not what was sent.
        job_id (None | str | Unset): The job that will ingest it, or did.
    """

    document_id: str
    status: DocumentStatus
    status_url: str
    differs: bool | Unset = UNSET
    job_id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        document_id = self.document_id

        status = self.status.value

        status_url = self.status_url

        differs = self.differs

        job_id: None | str | Unset
        if isinstance(self.job_id, Unset):
            job_id = UNSET
        else:
            job_id = self.job_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "document_id": document_id,
                "status": status,
                "status_url": status_url,
            }
        )
        if differs is not UNSET:
            field_dict["differs"] = differs
        if job_id is not UNSET:
            field_dict["job_id"] = job_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        document_id = d.pop("document_id")

        status = DocumentStatus(d.pop("status"))

        status_url = d.pop("status_url")

        differs = d.pop("differs", UNSET)

        def _parse_job_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        job_id = _parse_job_id(d.pop("job_id", UNSET))

        made_of_it = cls(
            document_id=document_id,
            status=status,
            status_url=status_url,
            differs=differs,
            job_id=job_id,
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
