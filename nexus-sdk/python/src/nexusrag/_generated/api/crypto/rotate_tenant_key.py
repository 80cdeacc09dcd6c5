from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_key_rotated import EnvelopeKeyRotated
from ...models.rotate_key import RotateKey
from ...types import UNSET, Unset


def call(
    tenant_id: str,
    *,
    body: RotateKey,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/admin/crypto/keys/{segment(tenant_id)}/rotate",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeKeyRotated:
    if response.status_code == 200:
        response_200 = EnvelopeKeyRotated.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
