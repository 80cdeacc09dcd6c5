from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_ui_dashboard import EnvelopeUiDashboard
from ...types import UNSET, Unset


def call(
    *,
    window_days: int | Unset = 30,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["window_days"] = window_days

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/ui/dashboard/summary",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeUiDashboard:
    if response.status_code == 200:
        response_200 = EnvelopeUiDashboard.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
