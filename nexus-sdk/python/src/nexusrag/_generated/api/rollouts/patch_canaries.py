from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_canaries import EnvelopeCanaries
from ...models.patch_canaries import PatchCanaries
from ...types import UNSET, Unset


def call(
    *,
    body: PatchCanaries,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": "/v1/admin/rollouts/canary",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCanaries:
    if response.status_code == 200:
        response_200 = EnvelopeCanaries.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
