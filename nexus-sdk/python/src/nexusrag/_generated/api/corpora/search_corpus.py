from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_search_results import EnvelopeSearchResults
from ...types import UNSET, Unset


def call(
    corpus_id: str,
    *,
    query: str,
    top_k: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["query"] = query

    params["top_k"] = top_k

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/corpora/{segment(corpus_id)}/search",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSearchResults:
    if response.status_code == 200:
        response_200 = EnvelopeSearchResults.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
