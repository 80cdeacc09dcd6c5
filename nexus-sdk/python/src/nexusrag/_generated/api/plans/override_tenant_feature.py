from typing import Any

import httpx

from ...._errors import DecodeError
from ...._segment import segment
from ...models.envelope_tenant_plan import EnvelopeTenantPlan
from ...models.override_feature import OverrideFeature
from ...types import UNSET, Unset


def call(
    tenant_id: str,
    *,
    body: OverrideFeature,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "PATCH",
        "url": f"/v1/admin/plans/{segment(tenant_id)}/overrides",
    }
    kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> EnvelopeTenantPlan:
    if response.status_code == 200:
        response_200 = EnvelopeTenantPlan.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
