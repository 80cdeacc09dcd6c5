from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_policy import EnvelopePolicy


def call(
    policy_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/admin/authz/policies/{segment(policy_id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopePolicy:
    if response.status_code == 200:
        response_200 = EnvelopePolicy.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
