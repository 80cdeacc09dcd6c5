from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_spend_series import EnvelopeSpendSeries
from ...models.get_tenant_spend_timeseries_granularity import GetTenantSpendTimeseriesGranularity
from ...types import UNSET, Unset


def call(
    *,
    days: int | Unset = UNSET,
    granularity: GetTenantSpendTimeseriesGranularity | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["days"] = days

    json_granularity: str | Unset = UNSET
    if not isinstance(granularity, Unset):
        json_granularity = granularity.value

    params["granularity"] = json_granularity

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/costs/spend/timeseries",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSpendSeries:
    if response.status_code == 200:
        response_200 = EnvelopeSpendSeries.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
