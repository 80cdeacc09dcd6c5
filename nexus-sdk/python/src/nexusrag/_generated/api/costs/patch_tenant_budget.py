from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_cost_budget import EnvelopeCostBudget
from ...models.patch_cost_budget import PatchCostBudget
from ...types import UNSET, Unset


def call(
    *,
    body: PatchCostBudget,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": "/v1/admin/costs/budget",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeCostBudget:
    if response.status_code == 200:
        response_200 = EnvelopeCostBudget.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
