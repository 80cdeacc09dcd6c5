from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_search_results import EnvelopeSearchResults
from ...models.search_request import SearchRequest


def call(
    corpus_id: str,
    *,
    body: SearchRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/corpora/{segment(corpus_id)}/search",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSearchResults:
    if response.status_code == 200:
        response_200 = EnvelopeSearchResults.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
