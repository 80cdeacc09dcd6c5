import datetime
from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_tenant_usage import EnvelopeTenantUsage
from ...types import UNSET, Unset


def call(
    tenant_id: str,
    *,
    period: str | Unset = "day",
    start: datetime.date,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["period"] = period

    json_start = start.isoformat()
    params["start"] = json_start

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/admin/usage/{segment(tenant_id)}",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeTenantUsage:
    if response.status_code == 200:
        response_200 = EnvelopeTenantUsage.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
