from typing import Any
from uuid import UUID

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_rotation_job import EnvelopeRotationJob
from ...types import UNSET, Unset


def call(
    id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "POST",
        "url": f"/v1/admin/crypto/rotation-jobs/{segment(id)}/resume",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeRotationJob:
    if response.status_code == 200:
        response_200 = EnvelopeRotationJob.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
