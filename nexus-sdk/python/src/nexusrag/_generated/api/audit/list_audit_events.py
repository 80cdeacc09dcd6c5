import datetime
from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.audit_outcome import AuditOutcome
from ...models.envelope_audit_event_list import EnvelopeAuditEventList
from ...types import UNSET, Unset


def call(
    *,
    tenant_id: str | Unset = UNSET,
    event_type: str | Unset = UNSET,
    outcome: AuditOutcome | Unset = UNSET,
    resource_type: str | Unset = UNSET,
    resource_id: str | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    offset: int | Unset = 0,
    limit: int | Unset = 50,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["tenant_id"] = tenant_id

    params["event_type"] = event_type

    json_outcome: str | Unset = UNSET
    if not isinstance(outcome, Unset):
        json_outcome = outcome.value

    params["outcome"] = json_outcome

    params["resource_type"] = resource_type

    params["resource_id"] = resource_id

    json_from_: str | Unset = UNSET
    if not isinstance(from_, Unset):
        json_from_ = from_.isoformat()
    params["from"] = json_from_

    json_to: str | Unset = UNSET
    if not isinstance(to, Unset):
        json_to = to.isoformat()
    params["to"] = json_to

    params["offset"] = offset

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/audit/events",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAuditEventList:
    if response.status_code == 200:
        response_200 = EnvelopeAuditEventList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
