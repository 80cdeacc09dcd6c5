from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_labels import EnvelopeLabels
from ...models.labels import Labels
from ...types import UNSET, Unset


def call(
    document_id: str,
    *,
    body: Labels,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PUT",
        "url": f"/v1/admin/authz/documents/{segment(document_id)}/labels",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeLabels:
    if response.status_code == 200:
        response_200 = EnvelopeLabels.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
