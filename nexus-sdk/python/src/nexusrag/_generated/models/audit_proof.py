from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audit_checkpoint import AuditCheckpoint


T = TypeVar("T", bound="AuditProof")


@_attrs_define
class AuditProof:
    """The way from an event to a signed checkpoint. Hashes are in hex.

    Attributes:
        chain_index (int): Where the chain stands among all chains.
        chain_path (list[str]): The way from the block to the root of the checkpoint.
        checkpoint (AuditCheckpoint): A signed statement of how the log stood.
        events (int): How many events its block has.
        first_seq (int): The number of the first event of its block.
        path (list[str]): The way from the event to the root of the block.
        previous (str): The hash of the block before.
        seq (int): The number of the event in its chain.
    """

    chain_index: int
    chain_path: list[str]
    checkpoint: AuditCheckpoint
    events: int
    first_seq: int
    path: list[str]
    previous: str
    seq: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        chain_index = self.chain_index

        chain_path = self.chain_path

        checkpoint = self.checkpoint.to_dict()

        events = self.events

        first_seq = self.first_seq

        path = self.path

        previous = self.previous

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "chain_index": chain_index,
                "chain_path": chain_path,
                "checkpoint": checkpoint,
                "events": events,
                "first_seq": first_seq,
                "path": path,
                "previous": previous,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_checkpoint import AuditCheckpoint  # noqa: PLC0415

        d = dict(src_dict)
        chain_index = d.pop("chain_index")

        chain_path = cast(list[str], d.pop("chain_path"))

        checkpoint = AuditCheckpoint.from_dict(d.pop("checkpoint"))

        events = d.pop("events")

        first_seq = d.pop("first_seq")

        path = cast(list[str], d.pop("path"))

        previous = d.pop("previous")

        seq = d.pop("seq")

        made_of_it = cls(
            chain_index=chain_index,
            chain_path=chain_path,
            checkpoint=checkpoint,
            events=events,
            first_seq=first_seq,
            path=path,
            previous=previous,
            seq=seq,
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
