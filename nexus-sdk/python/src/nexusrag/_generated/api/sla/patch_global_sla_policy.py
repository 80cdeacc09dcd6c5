from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_sla_policy import EnvelopeSlaPolicy
from ...models.patch_sla_policy import PatchSlaPolicy
from ...types import UNSET, Unset


def call(
    policy_id: str,
    *,
    body: PatchSlaPolicy,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/sla/global-policies/{segment(policy_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSlaPolicy:
    if response.status_code == 200:
        response_200 = EnvelopeSlaPolicy.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
