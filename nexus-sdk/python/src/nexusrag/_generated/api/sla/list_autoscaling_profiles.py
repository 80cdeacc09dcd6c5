from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_autoscaling_profile_list import EnvelopeAutoscalingProfileList


def call() -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/sla/autoscaling/profiles",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAutoscalingProfileList:
    if response.status_code == 200:
        response_200 = EnvelopeAutoscalingProfileList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
