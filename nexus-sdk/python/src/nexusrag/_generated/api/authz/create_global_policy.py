from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.create_policy import CreatePolicy
from ...models.envelope_policy import EnvelopePolicy
from ...types import UNSET, Unset


def call(
    *,
    body: CreatePolicy,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/authz/global-policies",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopePolicy:
    if response.status_code == 201:
        response_201 = EnvelopePolicy.from_dict(response.json())

        return response_201

    raise DecodeError("a success that this version does not know", response)
