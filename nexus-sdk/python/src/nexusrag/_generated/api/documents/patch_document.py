from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_document import EnvelopeDocument
from ...models.patch_document import PatchDocument
from ...types import UNSET, Unset


def call(
    document_id: str,
    *,
    body: PatchDocument,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/documents/{segment(document_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeDocument:
    if response.status_code == 200:
        response_200 = EnvelopeDocument.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
