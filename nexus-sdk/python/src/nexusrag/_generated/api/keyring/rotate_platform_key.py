from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_platform_key_rotated import EnvelopePlatformKeyRotated
from ...models.key_purpose import KeyPurpose
from ...types import UNSET, Unset


def call(
    *,
    purpose: KeyPurpose,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    json_purpose = purpose.value
    params["purpose"] = json_purpose

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/keyring/rotate",
        "params": params,
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopePlatformKeyRotated:
    if response.status_code == 200:
        response_200 = EnvelopePlatformKeyRotated.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
