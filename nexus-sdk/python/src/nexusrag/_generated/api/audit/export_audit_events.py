from typing import Any

import httpx

from ...._errors import DecodeError
from ...types import UNSET, Unset


def call(
    *,
    after: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["after"] = after

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/audit/export",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> str:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    raise DecodeError("a success that this version does not know", response)
