from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_grant_list import EnvelopeGrantList
from ...types import UNSET, Unset


def call(
    principal_type: str,
    principal_id: str,
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
        "url": f"/v1/admin/authz/principals/{segment(principal_type)}/{segment(principal_id)}/permissions",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeGrantList:
    if response.status_code == 200:
        response_200 = EnvelopeGrantList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
