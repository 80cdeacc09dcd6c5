from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_document_text import EnvelopeDocumentText
from ...types import UNSET, Unset


def call(
    document_id: str,
    *,
    start: int | Unset = 0,
    end: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["start"] = start

    params["end"] = end

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/documents/{segment(document_id)}/text",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeDocumentText:
    if response.status_code == 200:
        response_200 = EnvelopeDocumentText.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
