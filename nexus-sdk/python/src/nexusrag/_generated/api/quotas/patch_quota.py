from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_quota import EnvelopeQuota
from ...models.patch_quota import PatchQuota
from ...types import UNSET, Unset


def call(
    tenant_id: str,
    *,
    body: PatchQuota,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/quotas/{segment(tenant_id)}",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeQuota:
    if response.status_code == 200:
        response_200 = EnvelopeQuota.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
