from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.create_grants import CreateGrants
from ...models.envelope_grant_list import EnvelopeGrantList
from ...types import UNSET, Unset


def call(
    corpus_id: str,
    *,
    body: CreateGrants,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/admin/authz/corpora/{segment(corpus_id)}/permissions/bulk",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeGrantList:
    if response.status_code == 201:
        response_201 = EnvelopeGrantList.from_dict(response.json())

        return response_201

    raise DecodeError("a success that this version does not know", response)
