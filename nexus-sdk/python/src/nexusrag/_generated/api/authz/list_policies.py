from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_policy_list import EnvelopePolicyList
from ...types import UNSET, Unset


def call(
    *,
    include_global: bool | Unset = True,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["include_global"] = include_global

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/authz/policies",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopePolicyList:
    if response.status_code == 200:
        response_200 = EnvelopePolicyList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
