from typing import Any
from uuid import UUID

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_rotation_job import EnvelopeRotationJob


def call(
    id: UUID,
) -> dict[str, Any]:

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": f"/v1/admin/crypto/rotation-jobs/{segment(id)}",
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeRotationJob:
    if response.status_code == 200:
        response_200 = EnvelopeRotationJob.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
