from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_usage_timeseries import EnvelopeUsageTimeseries
from ...types import UNSET, Unset


def call(
    *,
    metric: str | Unset = "requests",
    granularity: str | Unset = "day",
    days: int | Unset = 30,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["metric"] = metric

    params["granularity"] = granularity

    params["days"] = days

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/self-serve/usage/timeseries",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeUsageTimeseries:
    if response.status_code == 200:
        response_200 = EnvelopeUsageTimeseries.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
