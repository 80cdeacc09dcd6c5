from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.search_filter_labels import SearchFilterLabels
    from ..models.search_filter_metadata import SearchFilterMetadata


T = TypeVar("T", bound="SearchFilter")


@_attrs_define
class SearchFilter:
    """Which documents to look at. All that is given has to hold.

    Attributes:
        labels (SearchFilterLabels | Unset): Labels by name, each with the text that it has to be or a list of texts of
            which it has to be one.
        metadata (SearchFilterMetadata | Unset): Metadata by dotted path, each with a value that it has to be or
            contain, or a list of values of which one will do.
    """

    labels: SearchFilterLabels | Unset = UNSET
    metadata: SearchFilterMetadata | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        labels: dict[str, Any] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels.to_dict()

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if labels is not UNSET:
            field_dict["labels"] = labels
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.search_filter_labels import SearchFilterLabels  # noqa: PLC0415
        from ..models.search_filter_metadata import SearchFilterMetadata  # noqa: PLC0415

        d = dict(src_dict)
        _labels = d.pop("labels", UNSET)
        labels: SearchFilterLabels | Unset
        if isinstance(_labels, Unset):
            labels = UNSET
        else:
            labels = SearchFilterLabels.from_dict(_labels)

        _metadata = d.pop("metadata", UNSET)
        metadata: SearchFilterMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = SearchFilterMetadata.from_dict(_metadata)

        made_of_it = cls(
            labels=labels,
            metadata=metadata,
        )

        return made_of_it
