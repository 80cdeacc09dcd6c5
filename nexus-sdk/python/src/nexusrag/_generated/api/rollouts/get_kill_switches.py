from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_kill_switches import EnvelopeKillSwitches


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/rollouts/killswitches",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeKillSwitches:
    if response.status_code == 200:
        response_200 = EnvelopeKillSwitches.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
