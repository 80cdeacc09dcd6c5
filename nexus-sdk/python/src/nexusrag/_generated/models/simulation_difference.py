from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.document_difference import DocumentDifference


T = TypeVar("T", bound="SimulationDifference")


@_attrs_define
class SimulationDifference:
    """What would be different from now.

    Attributes:
        allowed_now (bool): Whether policies allow it now.
        reason_now (str): Why.
        documents (DocumentDifference | None | Unset):
    """

    allowed_now: bool
    reason_now: str
    documents: DocumentDifference | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.document_difference import DocumentDifference  # noqa: PLC0415

        allowed_now = self.allowed_now

        reason_now = self.reason_now

        documents: dict[str, Any] | None | Unset
        if isinstance(self.documents, Unset):
            documents = UNSET
        elif isinstance(self.documents, DocumentDifference):
            documents = self.documents.to_dict()
        else:
            documents = self.documents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "allowed_now": allowed_now,
                "reason_now": reason_now,
            }
        )
        if documents is not UNSET:
            field_dict["documents"] = documents

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.document_difference import DocumentDifference  # noqa: PLC0415

        d = dict(src_dict)
        allowed_now = d.pop("allowed_now")

        reason_now = d.pop("reason_now")

        def _parse_documents(data: object) -> DocumentDifference | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                documents_type_0 = DocumentDifference.from_dict(data)

                return documents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DocumentDifference | None | Unset, data)

        documents = _parse_documents(d.pop("documents", UNSET))

        made_of_it = cls(
            allowed_now=allowed_now,
            reason_now=reason_now,
            documents=documents,
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
