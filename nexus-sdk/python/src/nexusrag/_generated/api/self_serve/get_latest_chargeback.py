from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_chargeback_report import EnvelopeChargebackReport


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/self-serve/costs/chargeback/latest",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeChargebackReport:
    if response.status_code == 200:
        response_200 = EnvelopeChargebackReport.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
