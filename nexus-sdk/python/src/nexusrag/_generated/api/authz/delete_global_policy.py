from typing import Any

import httpx

from ...._segment import segment
from ...types import UNSET, Unset


def call(
    policy_id: str,
    *,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    kwargs: dict[str, Any] = {
        "method": "DELETE",
        "url": f"/v1/admin/authz/global-policies/{segment(policy_id)}",
    }
    kwargs["headers"] = headers
    return kwargs


def parse(response: httpx.Response) -> None:
    return None
