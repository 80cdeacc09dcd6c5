from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.chat_completion import ChatCompletion
from ...models.chat_completion_request import ChatCompletionRequest


def call(
    *,
    body: ChatCompletionRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/v1/chat/completions",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> ChatCompletion:
    if response.status_code == 200:
        response_200 = ChatCompletion.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
