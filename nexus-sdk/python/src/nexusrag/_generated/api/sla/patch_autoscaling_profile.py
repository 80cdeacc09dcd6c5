from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_autoscaling_profile import EnvelopeAutoscalingProfile
from ...models.patch_autoscaling_profile import PatchAutoscalingProfile
from ...types import UNSET, Unset


def call(
    profile_id: str,
    *,
    body: PatchAutoscalingProfile,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/sla/autoscaling/profiles/{segment(profile_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAutoscalingProfile:
    if response.status_code == 200:
        response_200 = EnvelopeAutoscalingProfile.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
