from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_grant import EnvelopeGrant
from ...types import UNSET, Unset


def call(
    corpus_id: str,
    permission_id: str,
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "DELETE",
        "url": f"/v1/admin/authz/corpora/{segment(corpus_id)}/permissions/{segment(permission_id)}",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeGrant:
    if response.status_code == 200:
        response_200 = EnvelopeGrant.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
