from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_autoscaling_decision import EnvelopeAutoscalingDecision
from ...models.evaluate_autoscaling import EvaluateAutoscaling
from ...types import UNSET, Unset


def call(
    *,
    body: EvaluateAutoscaling,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/admin/sla/autoscaling/apply",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAutoscalingDecision:
    if response.status_code == 200:
        response_200 = EnvelopeAutoscalingDecision.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
