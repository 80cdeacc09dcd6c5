from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.create_api_key import CreateApiKey
from ...models.envelope_created_api_key import EnvelopeCreatedApiKey
from ...types import UNSET, Unset


def call(
    *,
    body: CreateApiKey,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/self-serve/api-keys",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCreatedApiKey:
    if response.status_code == 200:
        response_200 = EnvelopeCreatedApiKey.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
