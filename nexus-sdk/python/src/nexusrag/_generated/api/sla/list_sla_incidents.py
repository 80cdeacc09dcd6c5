from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_sla_incident_list import EnvelopeSlaIncidentList
from ...models.sla_incident_status import SlaIncidentStatus
from ...types import UNSET, Unset


def call(
    *,
    status: SlaIncidentStatus | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/sla/incidents",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSlaIncidentList:
    if response.status_code == 200:
        response_200 = EnvelopeSlaIncidentList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
