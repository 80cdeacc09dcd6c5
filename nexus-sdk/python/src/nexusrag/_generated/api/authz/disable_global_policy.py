from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_policy import EnvelopePolicy
from ...types import UNSET, Unset


def call(
    policy_id: str,
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/admin/authz/global-policies/{segment(policy_id)}/disable",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopePolicy:
    if response.status_code == 200:
        response_200 = EnvelopePolicy.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
