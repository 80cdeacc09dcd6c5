from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_document_accepted import EnvelopeDocumentAccepted
from ...models.upload_form import UploadForm
from ...types import UNSET, Unset


def call(
    *,
    body: UploadForm,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/documents",
    }
    kwargs["files"] = body.to_multipart()

    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeDocumentAccepted:
    if response.status_code == 200:
        response_200 = EnvelopeDocumentAccepted.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = EnvelopeDocumentAccepted.from_dict(response.json())

        return response_202

    raise DecodeError("a success that this version does not know", response)
