from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_corpus_reindexed import EnvelopeCorpusReindexed
from ...types import UNSET, Unset


def call(
    corpus_id: str,
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/corpora/{segment(corpus_id)}/reindex",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCorpusReindexed:
    if response.status_code == 202:
        response_202 = EnvelopeCorpusReindexed.from_dict(response.json())

        return response_202

    raise DecodeError("a success that this version does not know", response)
