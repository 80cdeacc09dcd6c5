from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_document import EnvelopeDocument


def call(
    document_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/documents/{segment(document_id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeDocument:
    if response.status_code == 200:
        response_200 = EnvelopeDocument.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
