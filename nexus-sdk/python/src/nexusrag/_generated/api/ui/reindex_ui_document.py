from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_ui_action import EnvelopeUiAction
from ...models.ui_reindex import UiReindex
from ...types import UNSET, Unset


def call(
    *,
    body: UiReindex,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/ui/actions/reindex-document",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeUiAction:
    if response.status_code == 202:
        response_202 = EnvelopeUiAction.from_dict(response.json())

        return response_202

    raise DecodeError("a success that this version does not know", response)
