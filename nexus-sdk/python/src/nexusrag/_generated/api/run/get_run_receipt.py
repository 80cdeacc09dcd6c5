from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_run_receipt import EnvelopeRunReceipt


def call(
    run_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/runs/{segment(run_id)}/receipt",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeRunReceipt:
    if response.status_code == 200:
        response_200 = EnvelopeRunReceipt.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
