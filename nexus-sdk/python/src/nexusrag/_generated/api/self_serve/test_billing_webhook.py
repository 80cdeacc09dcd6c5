from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_webhook_test import EnvelopeWebhookTest
from ...types import UNSET, Unset


def call(
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/self-serve/billing/webhook-test",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeWebhookTest:
    if response.status_code == 200:
        response_200 = EnvelopeWebhookTest.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
