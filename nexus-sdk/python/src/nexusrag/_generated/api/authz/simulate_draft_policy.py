from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_simulation import EnvelopeSimulation
from ...models.simulate_draft_request import SimulateDraftRequest


def call(
    *,
    body: SimulateDraftRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/authz/simulate",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSimulation:
    if response.status_code == 200:
        response_200 = EnvelopeSimulation.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
