from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_ui_bootstrap import EnvelopeUiBootstrap


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/ui/bootstrap",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeUiBootstrap:
    if response.status_code == 200:
        response_200 = EnvelopeUiBootstrap.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
