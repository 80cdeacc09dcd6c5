from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_sla_assignment import EnvelopeSlaAssignment


def call(
    tenant_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/admin/sla/assignments/{segment(tenant_id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSlaAssignment:
    if response.status_code == 200:
        response_200 = EnvelopeSlaAssignment.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
