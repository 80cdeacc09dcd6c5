from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_document_labels_type_0 import PatchDocumentLabelsType0
    from ..models.patch_document_metadata_json_type_0 import PatchDocumentMetadataJsonType0


T = TypeVar("T", bound="PatchDocument")


@_attrs_define
class PatchDocument:
    """Changes what is stored with a document; absent fields stay as they are.

    Attributes:
        filename (None | str | Unset): The new file name. Example: handbook-2026.md.
        labels (None | PatchDocumentLabelsType0 | Unset): The new labels; they replace the old as a whole. Example:
            {'team': 'people'}.
        metadata_json (None | PatchDocumentMetadataJsonType0 | Unset): The new metadata; it replaces the old as a whole.
    """

    filename: None | str | Unset = UNSET
    labels: None | PatchDocumentLabelsType0 | Unset = UNSET
    metadata_json: None | PatchDocumentMetadataJsonType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.patch_document_labels_type_0 import PatchDocumentLabelsType0  # noqa: PLC0415
        from ..models.patch_document_metadata_json_type_0 import PatchDocumentMetadataJsonType0  # noqa: PLC0415

        filename: None | str | Unset
        if isinstance(self.filename, Unset):
            filename = UNSET
        else:
            filename = self.filename

        labels: dict[str, Any] | None | Unset
        if isinstance(self.labels, Unset):
            labels = UNSET
        elif isinstance(self.labels, PatchDocumentLabelsType0):
            labels = self.labels.to_dict()
        else:
            labels = self.labels

        metadata_json: dict[str, Any] | None | Unset
        if isinstance(self.metadata_json, Unset):
            metadata_json = UNSET
        elif isinstance(self.metadata_json, PatchDocumentMetadataJsonType0):
            metadata_json = self.metadata_json.to_dict()
        else:
            metadata_json = self.metadata_json

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if filename is not UNSET:
            field_dict["filename"] = filename
        if labels is not UNSET:
            field_dict["labels"] = labels
        if metadata_json is not UNSET:
            field_dict["metadata_json"] = metadata_json

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_document_labels_type_0 import PatchDocumentLabelsType0  # noqa: PLC0415
        from ..models.patch_document_metadata_json_type_0 import PatchDocumentMetadataJsonType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_filename(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        filename = _parse_filename(d.pop("filename", UNSET))

        def _parse_labels(data: object) -> None | PatchDocumentLabelsType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                labels_type_0 = PatchDocumentLabelsType0.from_dict(data)

                return labels_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PatchDocumentLabelsType0 | Unset, data)

        labels = _parse_labels(d.pop("labels", UNSET))

        def _parse_metadata_json(data: object) -> None | PatchDocumentMetadataJsonType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_json_type_0 = PatchDocumentMetadataJsonType0.from_dict(data)

                return metadata_json_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PatchDocumentMetadataJsonType0 | Unset, data)

        metadata_json = _parse_metadata_json(d.pop("metadata_json", UNSET))

        made_of_it = cls(
            filename=filename,
            labels=labels,
            metadata_json=metadata_json,
        )

        return made_of_it
