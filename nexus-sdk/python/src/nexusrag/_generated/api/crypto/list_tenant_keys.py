from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_crypto_keys import EnvelopeCryptoKeys


def call(
    tenant_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/admin/crypto/keys/{segment(tenant_id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCryptoKeys:
    if response.status_code == 200:
        response_200 = EnvelopeCryptoKeys.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
