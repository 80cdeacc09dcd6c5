from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.model import Model


def call(
    corpus_id: str,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/models/{segment(corpus_id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> Model:
    if response.status_code == 200:
        response_200 = Model.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
