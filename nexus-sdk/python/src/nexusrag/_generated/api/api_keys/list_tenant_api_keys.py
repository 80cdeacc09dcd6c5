from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_api_key_list import EnvelopeApiKeyList
from ...types import UNSET, Unset


def call(
    *,
    tenant_id: str | Unset = UNSET,
    inactive_days: int | Unset = 90,
    include_only_inactive: bool | Unset = UNSET,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["tenant_id"] = tenant_id

    params["inactive_days"] = inactive_days

    params["include_only_inactive"] = include_only_inactive

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/api-keys",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeApiKeyList:
    if response.status_code == 200:
        response_200 = EnvelopeApiKeyList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
