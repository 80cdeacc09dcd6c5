"""What a run tells while it goes on."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ._errors import DecodeError
from ._generated.models import (
    AudioReady,
    Citation,
    CostCapped,
    CostNotice,
    DebugRetrieval,
    Done,
    MessageFinal,
    RequestAccepted,
    ResumeUnsupported,
    SlaNotice,
    SlaShed,
    StreamError,
    TokenDelta,
)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The stream is alive."""

    ts: datetime.datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a type that this version does not know, to be passed over."""

    data: Mapping[str, Any]


EventData: TypeAlias = (
    RequestAccepted
    | SlaNotice
    | SlaShed
    | CostNotice
    | CostCapped
    | DebugRetrieval
    | TokenDelta
    | MessageFinal
    | AudioReady
    | StreamError
    | ResumeUnsupported
    | Done
    | Heartbeat
    | Unknown
)

_PARSERS: dict[str, Callable[[Mapping[str, Any]], EventData]] = {
    "request.accepted": RequestAccepted.from_dict,
    "sla.warn": SlaNotice.from_dict,
    "sla.degrade.applied": SlaNotice.from_dict,
    "sla.shed": SlaShed.from_dict,
    "cost.warn": CostNotice.from_dict,
    "cost.degraded": CostNotice.from_dict,
    "cost.capped": CostCapped.from_dict,
    "debug.retrieval": DebugRetrieval.from_dict,
    "token.delta": TokenDelta.from_dict,
    "message.final": MessageFinal.from_dict,
    "audio.ready": AudioReady.from_dict,
    "audio.error": StreamError.from_dict,
    "error": StreamError.from_dict,
    "resume.unsupported": ResumeUnsupported.from_dict,
    "done": Done.from_dict,
}


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event of a run.

    Attributes:
        type: Its kind, such as `token.delta`.
        seq: Its number, counted from 1.
        request_id: The id of the run.
        session_id: The conversation; empty for heartbeats.
        data: What it says; look at its class.
    """

    type: str
    seq: int
    request_id: str
    session_id: str
    data: EventData


def parse_event(text: str) -> RunEvent:
    """An event out of the `data` of its frame."""
    try:
        payload = json.loads(text)
        seq, run = int(payload.get("seq", 0)), str(payload.get("request_id", ""))
        kind = payload.get("type")
        if kind is None:
            beat = Heartbeat(datetime.datetime.fromisoformat(payload["ts"]))
            return RunEvent("heartbeat", seq, run, "", beat)
        data = _PARSERS.get(kind, Unknown)(payload.get("data", {}))
        return RunEvent(kind, seq, run, str(payload.get("session_id", "")), data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DecodeError(f"an event of a run: {type(error).__name__} {error}") from error


__all__ = [
    "AudioReady",
    "Citation",
    "CostCapped",
    "CostNotice",
    "DebugRetrieval",
    "Done",
    "EventData",
    "Heartbeat",
    "MessageFinal",
    "RequestAccepted",
    "ResumeUnsupported",
    "RunEvent",
    "SlaNotice",
    "SlaShed",
    "StreamError",
    "TokenDelta",
    "Unknown",
]
