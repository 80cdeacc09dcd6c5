from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.create_sla_policy import CreateSlaPolicy
from ...models.envelope_sla_policy import EnvelopeSlaPolicy
from ...types import UNSET, Unset


def call(
    *,
    body: CreateSlaPolicy,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/sla/policies",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSlaPolicy:
    if response.status_code == 201:
        response_201 = EnvelopeSlaPolicy.from_dict(response.json())

        return response_201

    raise DecodeError("a success that this version does not know", response)
