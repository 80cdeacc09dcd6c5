from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_admin_key import EnvelopeAdminKey
from ...models.patch_api_key import PatchApiKey
from ...types import UNSET, Unset


def call(
    key_id: str,
    *,
    body: PatchApiKey,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/api-keys/{segment(key_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAdminKey:
    if response.status_code == 200:
        response_200 = EnvelopeAdminKey.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
