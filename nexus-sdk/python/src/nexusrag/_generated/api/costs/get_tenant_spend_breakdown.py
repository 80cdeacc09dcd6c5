from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_spend_breakdown import EnvelopeSpendBreakdown
from ...models.get_tenant_spend_breakdown_by import GetTenantSpendBreakdownBy
from ...models.get_tenant_spend_breakdown_period import GetTenantSpendBreakdownPeriod
from ...types import UNSET, Unset


def call(
    *,
    period: GetTenantSpendBreakdownPeriod | Unset = UNSET,
    year_month: str | Unset = UNSET,
    by: GetTenantSpendBreakdownBy,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_period: str | Unset = UNSET
    if not isinstance(period, Unset):
        json_period = period.value

    params["period"] = json_period

    params["year_month"] = year_month

    json_by = by.value
    params["by"] = json_by

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/costs/spend/breakdown",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSpendBreakdown:
    if response.status_code == 200:
        response_200 = EnvelopeSpendBreakdown.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
