from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_spend_summary import EnvelopeSpendSummary
from ...models.get_spend_summary_period import GetSpendSummaryPeriod
from ...types import UNSET, Unset


def call(
    *,
    period: GetSpendSummaryPeriod | Unset = UNSET,
    year_month: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_period: str | Unset = UNSET
    if not isinstance(period, Unset):
        json_period = period.value

    params["period"] = json_period

    params["year_month"] = year_month

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/self-serve/costs/spend/summary",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSpendSummary:
    if response.status_code == 200:
        response_200 = EnvelopeSpendSummary.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
