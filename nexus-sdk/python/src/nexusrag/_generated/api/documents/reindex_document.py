from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_document_accepted import EnvelopeDocumentAccepted
from ...models.reindex_request import ReindexRequest
from ...types import UNSET, Unset


def call(
    document_id: str,
    *,
    body: None | ReindexRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/documents/{segment(document_id)}/reindex",
    }

    if isinstance(body, ReindexRequest):
        kwargs["json"] = body.to_dict()
    else:
        kwargs["json"] = body

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeDocumentAccepted:
    if response.status_code == 202:
        response_202 = EnvelopeDocumentAccepted.from_dict(response.json())

        return response_202

    raise DecodeError("a success that this version does not know", response)
