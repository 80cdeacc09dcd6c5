from io import BytesIO
from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...types import UNSET, File, Unset


def call(
    file: str,
    *,
    tenant: str | Unset = UNSET,
    expires: str | Unset = UNSET,
    signature: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["tenant"] = tenant

    params["expires"] = expires

    params["signature"] = signature

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/audio/{segment(file)}",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> File:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

        return response_200

    raise DecodeError("a success that this version does not know", response)
