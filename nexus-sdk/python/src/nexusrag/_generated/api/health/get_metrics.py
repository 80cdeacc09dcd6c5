from typing import Any

import httpx

from ...._errors import DecodeError


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/metrics",
    }
    return kwargs


def parse(response: httpx.Response) -> str:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    raise DecodeError("a success that this version does not know", response)
