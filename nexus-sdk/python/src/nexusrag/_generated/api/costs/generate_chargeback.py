import datetime
from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_chargeback_report import EnvelopeChargebackReport
from ...types import UNSET, Unset


def call(
    *,
    period_start: datetime.datetime | Unset = UNSET,
    period_end: datetime.datetime | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    json_period_start: str | Unset = UNSET
    if not isinstance(period_start, Unset):
        json_period_start = period_start.isoformat()
    params["period_start"] = json_period_start

    json_period_end: str | Unset = UNSET
    if not isinstance(period_end, Unset):
        json_period_end = period_end.isoformat()
    params["period_end"] = json_period_end

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/costs/chargeback/generate",
        "params": params,
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeChargebackReport:
    if response.status_code == 200:
        response_200 = EnvelopeChargebackReport.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
