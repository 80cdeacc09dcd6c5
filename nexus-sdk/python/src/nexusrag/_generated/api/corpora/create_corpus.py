from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.create_corpus import CreateCorpus
from ...models.envelope_corpus import EnvelopeCorpus
from ...types import UNSET, Unset


def call(
    *,
    body: CreateCorpus,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/corpora",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCorpus:
    if response.status_code == 201:
        response_201 = EnvelopeCorpus.from_dict(response.json())

        return response_201

    raise DecodeError("a success that this version does not know", response)
