from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_cost_budget import EnvelopeCostBudget


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/costs/budget",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCostBudget:
    if response.status_code == 200:
        response_200 = EnvelopeCostBudget.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
