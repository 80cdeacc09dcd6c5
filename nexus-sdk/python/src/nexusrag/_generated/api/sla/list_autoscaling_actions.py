from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_autoscaling_action_list import EnvelopeAutoscalingActionList
from ...types import UNSET, Unset


def call(
    *,
    profile_id: str | Unset = UNSET,
    limit: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["profile_id"] = profile_id

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/sla/autoscaling/actions",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeAutoscalingActionList:
    if response.status_code == 200:
        response_200 = EnvelopeAutoscalingActionList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
