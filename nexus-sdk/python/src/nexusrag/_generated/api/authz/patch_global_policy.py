from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_policy import EnvelopePolicy
from ...models.patch_policy import PatchPolicy
from ...types import UNSET, Unset


def call(
    policy_id: str,
    *,
    body: PatchPolicy,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/authz/global-policies/{segment(policy_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopePolicy:
    if response.status_code == 200:
        response_200 = EnvelopePolicy.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
