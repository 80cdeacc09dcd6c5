from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_grant_list import EnvelopeGrantList


def call(
    document_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/admin/authz/documents/{segment(document_id)}/permissions",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeGrantList:
    if response.status_code == 200:
        response_200 = EnvelopeGrantList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
