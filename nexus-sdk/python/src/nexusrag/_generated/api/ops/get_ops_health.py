from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_ops_health import EnvelopeOpsHealth


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/ops/health",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeOpsHealth:
    if response.status_code == 200:
        response_200 = EnvelopeOpsHealth.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
