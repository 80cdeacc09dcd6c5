import datetime
from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_ui_activity_page import EnvelopeUiActivityPage
from ...types import UNSET, Unset


def call(
    *,
    q: str | Unset = UNSET,
    sort: str | Unset = "-occurred_at",
    limit: int | Unset = 25,
    cursor: str | Unset = UNSET,
    actor_type: str | Unset = UNSET,
    event_type: str | Unset = UNSET,
    created_from: datetime.datetime | Unset = UNSET,
    created_to: datetime.datetime | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["q"] = q

    params["sort"] = sort

    params["limit"] = limit

    params["cursor"] = cursor

    params["actor_type"] = actor_type

    params["event_type"] = event_type

    json_created_from: str | Unset = UNSET
    if not isinstance(created_from, Unset):
        json_created_from = created_from.isoformat()
    params["created_from"] = json_created_from

    json_created_to: str | Unset = UNSET
    if not isinstance(created_to, Unset):
        json_created_to = created_to.isoformat()
    params["created_to"] = json_created_to

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/ui/activity",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeUiActivityPage:
    if response.status_code == 200:
        response_200 = EnvelopeUiActivityPage.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
