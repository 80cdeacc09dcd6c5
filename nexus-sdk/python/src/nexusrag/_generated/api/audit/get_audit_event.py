from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_audit_event import EnvelopeAuditEvent


def call(
    event_id: int,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/audit/events/{segment(event_id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAuditEvent:
    if response.status_code == 200:
        response_200 = EnvelopeAuditEvent.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
