from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_platform_key import EnvelopePlatformKey
from ...types import UNSET, Unset


def call(
    key_id: str,
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/admin/keyring/{segment(key_id)}/retire",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopePlatformKey:
    if response.status_code == 200:
        response_200 = EnvelopePlatformKey.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
