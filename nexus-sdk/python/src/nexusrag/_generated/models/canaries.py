from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.canaries_canary_percentages import CanariesCanaryPercentages
    from ..models.canaries_notes import CanariesNotes


T = TypeVar("T", bound="Canaries")


@_attrs_define
class Canaries:
    """Which share of tenants has what is being rolled out.

    Attributes:
        canary_percentages (CanariesCanaryPercentages): Every rollout, in percent of tenants. Example: {'rollout.tts':
            100}.
        notes (CanariesNotes | Unset): Of those that were moved: by whom and why.
    """

    canary_percentages: CanariesCanaryPercentages
    notes: CanariesNotes | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        canary_percentages = self.canary_percentages.to_dict()

        notes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.notes, Unset):
            notes = self.notes.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "canary_percentages": canary_percentages,
            }
        )
        if notes is not UNSET:
            field_dict["notes"] = notes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canaries_canary_percentages import CanariesCanaryPercentages  # noqa: PLC0415
        from ..models.canaries_notes import CanariesNotes  # noqa: PLC0415

        d = dict(src_dict)
        canary_percentages = CanariesCanaryPercentages.from_dict(d.pop("canary_percentages"))

        _notes = d.pop("notes", UNSET)
        notes: CanariesNotes | Unset
        if isinstance(_notes, Unset):
            notes = UNSET
        else:
            notes = CanariesNotes.from_dict(_notes)

        made_of_it = cls(
            canary_percentages=canary_percentages,
            notes=notes,
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
