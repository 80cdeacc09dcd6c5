from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.healthz import Healthz


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/healthz",
    }
    return kwargs


def parse(response: httpx.Response) -> Healthz:
    if response.status_code == 200:
        response_200 = Healthz.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
