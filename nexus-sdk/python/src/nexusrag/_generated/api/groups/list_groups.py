from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_vec_group import EnvelopeVecGroup
from ...types import UNSET, Unset


def call(
    *,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/groups",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeVecGroup:
    if response.status_code == 200:
        response_200 = EnvelopeVecGroup.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
