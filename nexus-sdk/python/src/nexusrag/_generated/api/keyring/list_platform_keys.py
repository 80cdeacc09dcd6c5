from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_vec_platform_key import EnvelopeVecPlatformKey
from ...models.key_purpose import KeyPurpose
from ...models.platform_key_status import PlatformKeyStatus
from ...types import UNSET, Unset


def call(
    *,
    purpose: KeyPurpose | Unset = UNSET,
    status: PlatformKeyStatus | Unset = UNSET,
    limit: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_purpose: str | Unset = UNSET
    if not isinstance(purpose, Unset):
        json_purpose = purpose.value

    params["purpose"] = json_purpose

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/keyring",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeVecPlatformKey:
    if response.status_code == 200:
        response_200 = EnvelopeVecPlatformKey.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
