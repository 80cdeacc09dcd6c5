from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.labels_labels import LabelsLabels


T = TypeVar("T", bound="Labels")


@_attrs_define
class Labels:
    """The labels of a document, all of them.

    Attributes:
        labels (LabelsLabels): The labels by key. Example: {'team': 'people'}.
    """

    labels: LabelsLabels

    def to_dict(self) -> dict[str, Any]:
        labels = self.labels.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "labels": labels,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.labels_labels import LabelsLabels  # noqa: PLC0415

        d = dict(src_dict)
        labels = LabelsLabels.from_dict(d.pop("labels"))

        made_of_it = cls(
            labels=labels,
        )

        return made_of_it
