from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.kill_switches_kill_switches import KillSwitchesKillSwitches
    from ..models.kill_switches_notes import KillSwitchesNotes


T = TypeVar("T", bound="KillSwitches")


@_attrs_define
class KillSwitches:
    """What is stopped for everybody.

    Attributes:
        kill_switches (KillSwitchesKillSwitches): Every kill switch, and whether it stops what it is for. Example:
            {'kill.run': False, 'kill.tts': True}.
        notes (KillSwitchesNotes | Unset): Of those that were moved: by whom and why.
    """

    kill_switches: KillSwitchesKillSwitches
    notes: KillSwitchesNotes | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kill_switches = self.kill_switches.to_dict()

        notes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.notes, Unset):
            notes = self.notes.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kill_switches": kill_switches,
            }
        )
        if notes is not UNSET:
            field_dict["notes"] = notes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.kill_switches_kill_switches import KillSwitchesKillSwitches  # noqa: PLC0415
        from ..models.kill_switches_notes import KillSwitchesNotes  # noqa: PLC0415

        d = dict(src_dict)
        kill_switches = KillSwitchesKillSwitches.from_dict(d.pop("kill_switches"))

        _notes = d.pop("notes", UNSET)
        notes: KillSwitchesNotes | Unset
        if isinstance(_notes, Unset):
            notes = UNSET
        else:
            notes = KillSwitchesNotes.from_dict(_notes)

        made_of_it = cls(
            kill_switches=kill_switches,
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
