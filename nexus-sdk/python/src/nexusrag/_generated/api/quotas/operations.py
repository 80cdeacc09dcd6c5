from __future__ import annotations

import datetime

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import get_quota as _get_quota
from . import get_tenant_usage as _get_tenant_usage
from . import patch_quota as _patch_quota


class QuotasOperations:
    """The operations of `quotas`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_quota(
        self,
        tenant_id: str,
    ) -> EnvelopeQuota:
        """How much a tenant may use: one's own, or as the operator any.

        Args:
            tenant_id (str):
        """

        sent = _get_quota.call(
            tenant_id=tenant_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_quota.parse, response)

    def patch_quota(
        self,
        tenant_id: str,
        *,
        body: PatchQuota,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeQuota:
        """Changes how much a tenant may use. An explicit `null` removes a limit. It counts from the next request on, on every
        replica.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (PatchQuota): Changes how much a tenant may use; absent fields stay as they are, and
                an explicit `null` removes a limit.
        """

        sent = _patch_quota.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_quota.parse, response)

    def get_tenant_usage(
        self,
        tenant_id: str,
        *,
        period: str | Unset = "day",
        start: datetime.date,
    ) -> EnvelopeTenantUsage:
        """How many units a tenant has used in a day or a month.

        Args:
            tenant_id (str):
            period (str | Unset):  Default: 'day'.
            start (datetime.date):
        """

        sent = _get_tenant_usage.call(
            tenant_id=tenant_id,
            period=period,
            start=start,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_tenant_usage.parse, response)


class AsyncQuotasOperations:
    """The operations of `quotas`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_quota(
        self,
        tenant_id: str,
    ) -> EnvelopeQuota:
        """How much a tenant may use: one's own, or as the operator any.

        Args:
            tenant_id (str):
        """

        sent = _get_quota.call(
            tenant_id=tenant_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_quota.parse, response)

    async def patch_quota(
        self,
        tenant_id: str,
        *,
        body: PatchQuota,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeQuota:
        """Changes how much a tenant may use. An explicit `null` removes a limit. It counts from the next request on, on every
        replica.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (PatchQuota): Changes how much a tenant may use; absent fields stay as they are, and
                an explicit `null` removes a limit.
        """

        sent = _patch_quota.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_quota.parse, response)

    async def get_tenant_usage(
        self,
        tenant_id: str,
        *,
        period: str | Unset = "day",
        start: datetime.date,
    ) -> EnvelopeTenantUsage:
        """How many units a tenant has used in a day or a month.

        Args:
            tenant_id (str):
            period (str | Unset):  Default: 'day'.
            start (datetime.date):
        """

        sent = _get_tenant_usage.call(
            tenant_id=tenant_id,
            period=period,
            start=start,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_tenant_usage.parse, response)
