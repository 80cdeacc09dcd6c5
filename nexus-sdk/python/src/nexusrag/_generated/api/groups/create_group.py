from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.create_group import CreateGroup
from ...models.envelope_group import EnvelopeGroup
from ...types import UNSET, Unset


def call(
    *,
    body: CreateGroup,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/groups",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeGroup:
    if response.status_code == 201:
        response_201 = EnvelopeGroup.from_dict(response.json())

        return response_201

    raise DecodeError("a success that this version does not know", response)
