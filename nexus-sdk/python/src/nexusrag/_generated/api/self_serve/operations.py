from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import create_api_key as _create_api_key
from . import get_budget as _get_budget
from . import get_latest_chargeback as _get_latest_chargeback
from . import get_plan as _get_plan
from . import get_spend_breakdown as _get_spend_breakdown
from . import get_spend_summary as _get_spend_summary
from . import get_spend_timeseries as _get_spend_timeseries
from . import get_usage_summary as _get_usage_summary
from . import get_usage_timeseries as _get_usage_timeseries
from . import list_api_keys as _list_api_keys
from . import report_inactive_api_keys as _report_inactive_api_keys
from . import request_plan_upgrade as _request_plan_upgrade
from . import revoke_api_key as _revoke_api_key
from . import test_billing_webhook as _test_billing_webhook


class SelfServeOperations:
    """The operations of `self_serve`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_api_keys(
        self,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeTenantKeyList:
        """Lists the keys of the tenant, newest first, a page at a time.

        Args:
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_api_keys.call(
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_api_keys.parse, response)

    def iter_api_keys(
        self,
        *,
        limit: int | Unset = 100,
    ) -> Iterator[models.TenantKey]:
        """Lists the keys of the tenant, newest first, a page at a time. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_api_keys(
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def create_api_key(
        self,
        *,
        body: CreateApiKey,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCreatedApiKey:
        """Makes an API key for a new user of this role. The key is in the answer, and nowhere else: an answer that is given again
        for the same `Idempotency-Key` is without it.

        Args:
            idempotency_key (str | Unset):
            body (CreateApiKey): Makes an API key for a new user.
        """

        sent = _create_api_key.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_api_key.parse, response)

    def report_inactive_api_keys(
        self,
        *,
        inactive_days: int | Unset = 90,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeInactiveKeyReport:
        """Lists the keys that could be revoked: expired, or not used for long; the longest unused first, a page at a time.

        Args:
            inactive_days (int | Unset):  Default: 90.
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _report_inactive_api_keys.call(
            inactive_days=inactive_days,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_report_inactive_api_keys.parse, response)

    def iter_report_inactive_api_keys(
        self,
        *,
        inactive_days: int | Unset = 90,
        limit: int | Unset = 100,
    ) -> Iterator[models.InactiveKey]:
        """Lists the keys that could be revoked: expired, or not used for long; the longest unused first, a page at a time. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.report_inactive_api_keys(
                inactive_days=inactive_days,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def revoke_api_key(
        self,
        key_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeTenantKey:
        """Revokes a key. A key that is revoked stays so; it is refused from the next request on, on every replica.

        Args:
            key_id (str):
            idempotency_key (str | Unset):
        """

        sent = _revoke_api_key.call(
            key_id=key_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_revoke_api_key.parse, response)

    def test_billing_webhook(
        self,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeWebhookTest:
        """Sends one event to the receiver of billing events, and says what became of it. It is sent once, and now.

        Args:
            idempotency_key (str | Unset):
        """

        sent = _test_billing_webhook.call(
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_test_billing_webhook.parse, response)

    def get_budget(
        self,
    ) -> EnvelopeCostBudget:
        """The budget of the tenant, as it sees it itself."""

        sent = _get_budget.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_budget.parse, response)

    def get_latest_chargeback(
        self,
    ) -> EnvelopeChargebackReport:
        """The newest report of the tenant, as it sees it itself."""

        sent = _get_latest_chargeback.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_latest_chargeback.parse, response)

    def get_spend_breakdown(
        self,
        *,
        period: GetSpendBreakdownPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
        by: GetSpendBreakdownBy,
    ) -> EnvelopeSpendBreakdown:
        """What the tenant spent in a month, told apart, as it sees it itself.

        Args:
            period (GetSpendBreakdownPeriod | Unset): The only period there is.
            year_month (str | Unset):
            by (GetSpendBreakdownBy): By what spending is told apart.
        """

        sent = _get_spend_breakdown.call(
            period=period,
            year_month=year_month,
            by=by,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_spend_breakdown.parse, response)

    def get_spend_summary(
        self,
        *,
        period: GetSpendSummaryPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
    ) -> EnvelopeSpendSummary:
        """What the tenant spent in a month, as it sees it itself.

        Args:
            period (GetSpendSummaryPeriod | Unset): The only period there is.
            year_month (str | Unset):
        """

        sent = _get_spend_summary.call(
            period=period,
            year_month=year_month,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_spend_summary.parse, response)

    def get_spend_timeseries(
        self,
        *,
        days: int | Unset = UNSET,
        granularity: GetSpendTimeseriesGranularity | Unset = UNSET,
    ) -> EnvelopeSpendSeries:
        """What the tenant spent over time, as it sees it itself.

        Args:
            days (int | Unset):
            granularity (GetSpendTimeseriesGranularity | Unset): How finely spending is told over
                time.
        """

        sent = _get_spend_timeseries.call(
            days=days,
            granularity=granularity,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_spend_timeseries.parse, response)

    def get_plan(
        self,
    ) -> EnvelopeTenantPlan:
        """The plan of one's own tenant."""

        sent = _get_plan.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_plan.parse, response)

    def request_plan_upgrade(
        self,
        *,
        body: AskUpgrade,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeUpgradeRequest:
        """Asks the operator for a larger plan. Asking again while a request is open gives the same request.

        Args:
            idempotency_key (str | Unset):
            body (AskUpgrade): Asks for a larger plan.
        """

        sent = _request_plan_upgrade.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_request_plan_upgrade.parse, response)

    def get_usage_summary(
        self,
        *,
        window_days: int | Unset = 30,
    ) -> EnvelopeUsageSummary:
        """What the tenant uses: requests by class, where it stands with its quota, requests that were turned away, and documents.

        Args:
            window_days (int | Unset):  Default: 30.
        """

        sent = _get_usage_summary.call(
            window_days=window_days,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_usage_summary.parse, response)

    def get_usage_timeseries(
        self,
        *,
        metric: str | Unset = "requests",
        granularity: str | Unset = "day",
        days: int | Unset = 30,
    ) -> EnvelopeUsageTimeseries:
        """Requests by day; every day of the window has a point.

        Args:
            metric (str | Unset):  Default: 'requests'.
            granularity (str | Unset):  Default: 'day'.
            days (int | Unset):  Default: 30.
        """

        sent = _get_usage_timeseries.call(
            metric=metric,
            granularity=granularity,
            days=days,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_usage_timeseries.parse, response)


class AsyncSelfServeOperations:
    """The operations of `self_serve`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_api_keys(
        self,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeTenantKeyList:
        """Lists the keys of the tenant, newest first, a page at a time.

        Args:
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_api_keys.call(
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_api_keys.parse, response)

    async def iter_api_keys(
        self,
        *,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.TenantKey]:
        """Lists the keys of the tenant, newest first, a page at a time. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_api_keys(
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def create_api_key(
        self,
        *,
        body: CreateApiKey,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCreatedApiKey:
        """Makes an API key for a new user of this role. The key is in the answer, and nowhere else: an answer that is given again
        for the same `Idempotency-Key` is without it.

        Args:
            idempotency_key (str | Unset):
            body (CreateApiKey): Makes an API key for a new user.
        """

        sent = _create_api_key.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_api_key.parse, response)

    async def report_inactive_api_keys(
        self,
        *,
        inactive_days: int | Unset = 90,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeInactiveKeyReport:
        """Lists the keys that could be revoked: expired, or not used for long; the longest unused first, a page at a time.

        Args:
            inactive_days (int | Unset):  Default: 90.
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _report_inactive_api_keys.call(
            inactive_days=inactive_days,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_report_inactive_api_keys.parse, response)

    async def iter_report_inactive_api_keys(
        self,
        *,
        inactive_days: int | Unset = 90,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.InactiveKey]:
        """Lists the keys that could be revoked: expired, or not used for long; the longest unused first, a page at a time. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.report_inactive_api_keys(
                inactive_days=inactive_days,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def revoke_api_key(
        self,
        key_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeTenantKey:
        """Revokes a key. A key that is revoked stays so; it is refused from the next request on, on every replica.

        Args:
            key_id (str):
            idempotency_key (str | Unset):
        """

        sent = _revoke_api_key.call(
            key_id=key_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_revoke_api_key.parse, response)

    async def test_billing_webhook(
        self,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeWebhookTest:
        """Sends one event to the receiver of billing events, and says what became of it. It is sent once, and now.

        Args:
            idempotency_key (str | Unset):
        """

        sent = _test_billing_webhook.call(
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_test_billing_webhook.parse, response)

    async def get_budget(
        self,
    ) -> EnvelopeCostBudget:
        """The budget of the tenant, as it sees it itself."""

        sent = _get_budget.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_budget.parse, response)

    async def get_latest_chargeback(
        self,
    ) -> EnvelopeChargebackReport:
        """The newest report of the tenant, as it sees it itself."""

        sent = _get_latest_chargeback.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_latest_chargeback.parse, response)

    async def get_spend_breakdown(
        self,
        *,
        period: GetSpendBreakdownPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
        by: GetSpendBreakdownBy,
    ) -> EnvelopeSpendBreakdown:
        """What the tenant spent in a month, told apart, as it sees it itself.

        Args:
            period (GetSpendBreakdownPeriod | Unset): The only period there is.
            year_month (str | Unset):
            by (GetSpendBreakdownBy): By what spending is told apart.
        """

        sent = _get_spend_breakdown.call(
            period=period,
            year_month=year_month,
            by=by,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_spend_breakdown.parse, response)

    async def get_spend_summary(
        self,
        *,
        period: GetSpendSummaryPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
    ) -> EnvelopeSpendSummary:
        """What the tenant spent in a month, as it sees it itself.

        Args:
            period (GetSpendSummaryPeriod | Unset): The only period there is.
            year_month (str | Unset):
        """

        sent = _get_spend_summary.call(
            period=period,
            year_month=year_month,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_spend_summary.parse, response)

    async def get_spend_timeseries(
        self,
        *,
        days: int | Unset = UNSET,
        granularity: GetSpendTimeseriesGranularity | Unset = UNSET,
    ) -> EnvelopeSpendSeries:
        """What the tenant spent over time, as it sees it itself.

        Args:
            days (int | Unset):
            granularity (GetSpendTimeseriesGranularity | Unset): How finely spending is told over
                time.
        """

        sent = _get_spend_timeseries.call(
            days=days,
            granularity=granularity,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_spend_timeseries.parse, response)

    async def get_plan(
        self,
    ) -> EnvelopeTenantPlan:
        """The plan of one's own tenant."""

        sent = _get_plan.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_plan.parse, response)

    async def request_plan_upgrade(
        self,
        *,
        body: AskUpgrade,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeUpgradeRequest:
        """Asks the operator for a larger plan. Asking again while a request is open gives the same request.

        Args:
            idempotency_key (str | Unset):
            body (AskUpgrade): Asks for a larger plan.
        """

        sent = _request_plan_upgrade.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_request_plan_upgrade.parse, response)

    async def get_usage_summary(
        self,
        *,
        window_days: int | Unset = 30,
    ) -> EnvelopeUsageSummary:
        """What the tenant uses: requests by class, where it stands with its quota, requests that were turned away, and documents.

        Args:
            window_days (int | Unset):  Default: 30.
        """

        sent = _get_usage_summary.call(
            window_days=window_days,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_usage_summary.parse, response)

    async def get_usage_timeseries(
        self,
        *,
        metric: str | Unset = "requests",
        granularity: str | Unset = "day",
        days: int | Unset = 30,
    ) -> EnvelopeUsageTimeseries:
        """Requests by day; every day of the window has a point.

        Args:
            metric (str | Unset):  Default: 'requests'.
            granularity (str | Unset):  Default: 'day'.
            days (int | Unset):  Default: 30.
        """

        sent = _get_usage_timeseries.call(
            metric=metric,
            granularity=granularity,
            days=days,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_usage_timeseries.parse, response)
