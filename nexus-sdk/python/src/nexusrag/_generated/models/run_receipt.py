from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.audit_proof import AuditProof
    from ..models.run_receipt_event import RunReceiptEvent


T = TypeVar("T", bound="RunReceipt")


@_attrs_define
class RunReceipt:
    """What an answer rests on, and the proof that the log says so.

    Attributes:
        event (RunReceiptEvent): The event of the audit log that is the receipt, as it is hashed;
            `metadata_json.receipt` says what the answer rests on.
        run_id (str): The run.
        proof (AuditProof | None | Unset):
    """

    event: RunReceiptEvent
    run_id: str
    proof: AuditProof | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.audit_proof import AuditProof  # noqa: PLC0415

        event = self.event.to_dict()

        run_id = self.run_id

        proof: dict[str, Any] | None | Unset
        if isinstance(self.proof, Unset):
            proof = UNSET
        elif isinstance(self.proof, AuditProof):
            proof = self.proof.to_dict()
        else:
            proof = self.proof

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "run_id": run_id,
            }
        )
        if proof is not UNSET:
            field_dict["proof"] = proof

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_proof import AuditProof  # noqa: PLC0415
        from ..models.run_receipt_event import RunReceiptEvent  # noqa: PLC0415

        d = dict(src_dict)
        event = RunReceiptEvent.from_dict(d.pop("event"))

        run_id = d.pop("run_id")

        def _parse_proof(data: object) -> AuditProof | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                proof_type_0 = AuditProof.from_dict(data)

                return proof_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AuditProof | None | Unset, data)

        proof = _parse_proof(d.pop("proof", UNSET))

        made_of_it = cls(
            event=event,
            run_id=run_id,
            proof=proof,
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
