from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_price_list import EnvelopePriceList
from ...types import UNSET, Unset


def call(
    *,
    active: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["active"] = active

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/costs/pricing/catalog",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopePriceList:
    if response.status_code == 200:
        response_200 = EnvelopePriceList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
