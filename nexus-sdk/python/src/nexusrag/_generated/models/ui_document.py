from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.document_status import DocumentStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="UiDocument")


@_attrs_define
class UiDocument:
    """A document in a list.

    Attributes:
        content_type (str): The media type, by the content. Example: text/markdown.
        corpus_id (str): Its corpus. Example: c1.
        created_at (datetime.datetime): When it was created.
        filename (str): The name of its file. Example: handbook.md.
        id (str): Its id. Example: doc-1.
        status (DocumentStatus): How far ingestion got.
        updated_at (datetime.datetime): When anything about it last changed.
        last_reindexed_at (datetime.datetime | None | Unset): When it was last indexed again.
    """

    content_type: str
    corpus_id: str
    created_at: datetime.datetime
    filename: str
    id: str
    status: DocumentStatus
    updated_at: datetime.datetime
    last_reindexed_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        content_type = self.content_type

        corpus_id = self.corpus_id

        created_at = self.created_at.isoformat()

        filename = self.filename

        id = self.id

        status = self.status.value

        updated_at = self.updated_at.isoformat()

        last_reindexed_at: None | str | Unset
        if isinstance(self.last_reindexed_at, Unset):
            last_reindexed_at = UNSET
        elif isinstance(self.last_reindexed_at, datetime.datetime):
            last_reindexed_at = self.last_reindexed_at.isoformat()
        else:
            last_reindexed_at = self.last_reindexed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "content_type": content_type,
                "corpus_id": corpus_id,
                "created_at": created_at,
                "filename": filename,
                "id": id,
                "status": status,
                "updated_at": updated_at,
            }
        )
        if last_reindexed_at is not UNSET:
            field_dict["last_reindexed_at"] = last_reindexed_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        content_type = d.pop("content_type")

        corpus_id = d.pop("corpus_id")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        filename = d.pop("filename")

        id = d.pop("id")

        status = DocumentStatus(d.pop("status"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

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

        made_of_it = cls(
            content_type=content_type,
            corpus_id=corpus_id,
            created_at=created_at,
            filename=filename,
            id=id,
            status=status,
            updated_at=updated_at,
            last_reindexed_at=last_reindexed_at,
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
