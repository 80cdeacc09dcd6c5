from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.ask_upgrade import AskUpgrade
from ...models.envelope_upgrade_request import EnvelopeUpgradeRequest
from ...types import UNSET, Unset


def call(
    *,
    body: AskUpgrade,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/self-serve/plan/upgrade-request",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeUpgradeRequest:
    if response.status_code == 202:
        response_202 = EnvelopeUpgradeRequest.from_dict(response.json())

        return response_202

    raise DecodeError("a success that this version does not know", response)
