from __future__ import annotations

import datetime

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import create_global_price as _create_global_price
from . import create_price as _create_price
from . import generate_chargeback as _generate_chargeback
from . import get_chargeback as _get_chargeback
from . import get_tenant_budget as _get_tenant_budget
from . import get_tenant_spend_breakdown as _get_tenant_spend_breakdown
from . import get_tenant_spend_summary as _get_tenant_spend_summary
from . import get_tenant_spend_timeseries as _get_tenant_spend_timeseries
from . import list_chargebacks as _list_chargebacks
from . import list_prices as _list_prices
from . import patch_global_price as _patch_global_price
from . import patch_price as _patch_price
from . import patch_tenant_budget as _patch_tenant_budget


class CostsOperations:
    """The operations of `costs`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_tenant_budget(
        self,
    ) -> EnvelopeCostBudget:
        """The budget of the tenant."""

        sent = _get_tenant_budget.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_tenant_budget.parse, response)

    def patch_tenant_budget(
        self,
        *,
        body: PatchCostBudget,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCostBudget:
        """Changes the budget of the tenant. What is not given stays, and `null` clears an amount. An override ends with the month.

        A budget that is enforced needs prices for what is used here, or it would never hold: without them
        the answer is 422
        `COST_INVALID_BUDGET_CONFIG` and `details.missing` names them.

        Args:
            idempotency_key (str | Unset):
            body (PatchCostBudget): A change of a budget. What is absent stays; `null` clears an
                amount.
        """

        sent = _patch_tenant_budget.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_tenant_budget.parse, response)

    def generate_chargeback(
        self,
        *,
        period_start: datetime.datetime | Unset = UNSET,
        period_end: datetime.datetime | Unset = UNSET,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeChargebackReport:
        """Writes the report of a period. A period has one report: asking again brings it up to date.

        Args:
            period_start (datetime.datetime | Unset):
            period_end (datetime.datetime | Unset):
            idempotency_key (str | Unset):
        """

        sent = _generate_chargeback.call(
            period_start=period_start,
            period_end=period_end,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_generate_chargeback.parse, response)

    def list_chargebacks(
        self,
    ) -> EnvelopeChargebackList:
        """Lists the reports of the tenant, newest first."""

        sent = _list_chargebacks.call()
        response = self._core.send(sent, changes=False)
        return decoded(_list_chargebacks.parse, response)

    def get_chargeback(
        self,
        report_id: str,
    ) -> EnvelopeChargebackReport:
        """One report.

        Args:
            report_id (str):
        """

        sent = _get_chargeback.call(
            report_id=report_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_chargeback.parse, response)

    def list_prices(
        self,
        *,
        active: bool | Unset = UNSET,
    ) -> EnvelopePriceList:
        """Lists the prices of the tenant and those of the operator, which hold where the tenant has none.

        Args:
            active (bool | Unset):
        """

        sent = _list_prices.call(
            active=active,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_prices.parse, response)

    def create_price(
        self,
        *,
        body: CreatePrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Makes a price of the tenant. It comes before that of the operator for the same thing, and ends an open one that began
        before, which goes on after it when it ends itself; no two hold at the same time.

        Args:
            idempotency_key (str | Unset):
            body (CreatePrice): A price to be.
        """

        sent = _create_price.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_price.parse, response)

    def patch_price(
        self,
        price_id: str,
        *,
        body: PatchPrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Ends a price of the tenant, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an enforced
        budget rests on it.

        Args:
            price_id (str):
            idempotency_key (str | Unset):
            body (PatchPrice): A change of a price. Its rate never changes: make a successor instead.
        """

        sent = _patch_price.call(
            price_id=price_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_price.parse, response)

    def create_global_price(
        self,
        *,
        body: CreatePrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Makes a price that holds for every tenant without one of its own.

        Args:
            idempotency_key (str | Unset):
            body (CreatePrice): A price to be.
        """

        sent = _create_global_price.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_global_price.parse, response)

    def patch_global_price(
        self,
        price_id: str,
        *,
        body: PatchPrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Ends a price that holds for all, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an
        enforced budget of any tenant rests on it.

        Args:
            price_id (str):
            idempotency_key (str | Unset):
            body (PatchPrice): A change of a price. Its rate never changes: make a successor instead.
        """

        sent = _patch_global_price.call(
            price_id=price_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_global_price.parse, response)

    def get_tenant_spend_breakdown(
        self,
        *,
        period: GetTenantSpendBreakdownPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
        by: GetTenantSpendBreakdownBy,
    ) -> EnvelopeSpendBreakdown:
        """What the tenant spent in a month, told apart.

        Args:
            period (GetTenantSpendBreakdownPeriod | Unset): The only period there is.
            year_month (str | Unset):
            by (GetTenantSpendBreakdownBy): By what spending is told apart.
        """

        sent = _get_tenant_spend_breakdown.call(
            period=period,
            year_month=year_month,
            by=by,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_tenant_spend_breakdown.parse, response)

    def get_tenant_spend_summary(
        self,
        *,
        period: GetTenantSpendSummaryPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
    ) -> EnvelopeSpendSummary:
        """What the tenant spent in a month.

        Args:
            period (GetTenantSpendSummaryPeriod | Unset): The only period there is.
            year_month (str | Unset):
        """

        sent = _get_tenant_spend_summary.call(
            period=period,
            year_month=year_month,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_tenant_spend_summary.parse, response)

    def get_tenant_spend_timeseries(
        self,
        *,
        days: int | Unset = UNSET,
        granularity: GetTenantSpendTimeseriesGranularity | Unset = UNSET,
    ) -> EnvelopeSpendSeries:
        """What the tenant spent over time.

        Args:
            days (int | Unset):
            granularity (GetTenantSpendTimeseriesGranularity | Unset): How finely spending is told
                over time.
        """

        sent = _get_tenant_spend_timeseries.call(
            days=days,
            granularity=granularity,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_tenant_spend_timeseries.parse, response)


class AsyncCostsOperations:
    """The operations of `costs`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_tenant_budget(
        self,
    ) -> EnvelopeCostBudget:
        """The budget of the tenant."""

        sent = _get_tenant_budget.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_tenant_budget.parse, response)

    async def patch_tenant_budget(
        self,
        *,
        body: PatchCostBudget,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCostBudget:
        """Changes the budget of the tenant. What is not given stays, and `null` clears an amount. An override ends with the month.

        A budget that is enforced needs prices for what is used here, or it would never hold: without them
        the answer is 422
        `COST_INVALID_BUDGET_CONFIG` and `details.missing` names them.

        Args:
            idempotency_key (str | Unset):
            body (PatchCostBudget): A change of a budget. What is absent stays; `null` clears an
                amount.
        """

        sent = _patch_tenant_budget.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_tenant_budget.parse, response)

    async def generate_chargeback(
        self,
        *,
        period_start: datetime.datetime | Unset = UNSET,
        period_end: datetime.datetime | Unset = UNSET,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeChargebackReport:
        """Writes the report of a period. A period has one report: asking again brings it up to date.

        Args:
            period_start (datetime.datetime | Unset):
            period_end (datetime.datetime | Unset):
            idempotency_key (str | Unset):
        """

        sent = _generate_chargeback.call(
            period_start=period_start,
            period_end=period_end,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_generate_chargeback.parse, response)

    async def list_chargebacks(
        self,
    ) -> EnvelopeChargebackList:
        """Lists the reports of the tenant, newest first."""

        sent = _list_chargebacks.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_list_chargebacks.parse, response)

    async def get_chargeback(
        self,
        report_id: str,
    ) -> EnvelopeChargebackReport:
        """One report.

        Args:
            report_id (str):
        """

        sent = _get_chargeback.call(
            report_id=report_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_chargeback.parse, response)

    async def list_prices(
        self,
        *,
        active: bool | Unset = UNSET,
    ) -> EnvelopePriceList:
        """Lists the prices of the tenant and those of the operator, which hold where the tenant has none.

        Args:
            active (bool | Unset):
        """

        sent = _list_prices.call(
            active=active,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_prices.parse, response)

    async def create_price(
        self,
        *,
        body: CreatePrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Makes a price of the tenant. It comes before that of the operator for the same thing, and ends an open one that began
        before, which goes on after it when it ends itself; no two hold at the same time.

        Args:
            idempotency_key (str | Unset):
            body (CreatePrice): A price to be.
        """

        sent = _create_price.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_price.parse, response)

    async def patch_price(
        self,
        price_id: str,
        *,
        body: PatchPrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Ends a price of the tenant, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an enforced
        budget rests on it.

        Args:
            price_id (str):
            idempotency_key (str | Unset):
            body (PatchPrice): A change of a price. Its rate never changes: make a successor instead.
        """

        sent = _patch_price.call(
            price_id=price_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_price.parse, response)

    async def create_global_price(
        self,
        *,
        body: CreatePrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Makes a price that holds for every tenant without one of its own.

        Args:
            idempotency_key (str | Unset):
            body (CreatePrice): A price to be.
        """

        sent = _create_global_price.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_global_price.parse, response)

    async def patch_global_price(
        self,
        price_id: str,
        *,
        body: PatchPrice,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePrice:
        """Ends a price that holds for all, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an
        enforced budget of any tenant rests on it.

        Args:
            price_id (str):
            idempotency_key (str | Unset):
            body (PatchPrice): A change of a price. Its rate never changes: make a successor instead.
        """

        sent = _patch_global_price.call(
            price_id=price_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_global_price.parse, response)

    async def get_tenant_spend_breakdown(
        self,
        *,
        period: GetTenantSpendBreakdownPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
        by: GetTenantSpendBreakdownBy,
    ) -> EnvelopeSpendBreakdown:
        """What the tenant spent in a month, told apart.

        Args:
            period (GetTenantSpendBreakdownPeriod | Unset): The only period there is.
            year_month (str | Unset):
            by (GetTenantSpendBreakdownBy): By what spending is told apart.
        """

        sent = _get_tenant_spend_breakdown.call(
            period=period,
            year_month=year_month,
            by=by,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_tenant_spend_breakdown.parse, response)

    async def get_tenant_spend_summary(
        self,
        *,
        period: GetTenantSpendSummaryPeriod | Unset = UNSET,
        year_month: str | Unset = UNSET,
    ) -> EnvelopeSpendSummary:
        """What the tenant spent in a month.

        Args:
            period (GetTenantSpendSummaryPeriod | Unset): The only period there is.
            year_month (str | Unset):
        """

        sent = _get_tenant_spend_summary.call(
            period=period,
            year_month=year_month,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_tenant_spend_summary.parse, response)

    async def get_tenant_spend_timeseries(
        self,
        *,
        days: int | Unset = UNSET,
        granularity: GetTenantSpendTimeseriesGranularity | Unset = UNSET,
    ) -> EnvelopeSpendSeries:
        """What the tenant spent over time.

        Args:
            days (int | Unset):
            granularity (GetTenantSpendTimeseriesGranularity | Unset): How finely spending is told
                over time.
        """

        sent = _get_tenant_spend_timeseries.call(
            days=days,
            granularity=granularity,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_tenant_spend_timeseries.parse, response)
