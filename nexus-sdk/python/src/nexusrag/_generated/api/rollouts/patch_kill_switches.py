from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_kill_switches import EnvelopeKillSwitches
from ...models.patch_kill_switches import PatchKillSwitches
from ...types import UNSET, Unset


def call(
    *,
    body: PatchKillSwitches,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": "/v1/admin/rollouts/killswitches",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeKillSwitches:
    if response.status_code == 200:
        response_200 = EnvelopeKillSwitches.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
