from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_price import EnvelopePrice
from ...models.patch_price import PatchPrice
from ...types import UNSET, Unset


def call(
    price_id: str,
    *,
    body: PatchPrice,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/costs/pricing/global/{segment(price_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopePrice:
    if response.status_code == 200:
        response_200 = EnvelopePrice.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
