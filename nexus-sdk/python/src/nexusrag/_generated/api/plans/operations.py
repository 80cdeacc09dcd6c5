from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import assign_tenant_plan as _assign_tenant_plan
from . import get_tenant_plan as _get_tenant_plan
from . import list_plans as _list_plans
from . import override_tenant_feature as _override_tenant_feature


class PlansOperations:
    """The operations of `plans`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_plans(
        self,
    ) -> EnvelopeVecPlan:
        """All plans, smallest first."""

        sent = _list_plans.call()
        response = self._core.send(sent, changes=False)
        return decoded(_list_plans.parse, response)

    def get_tenant_plan(
        self,
        tenant_id: str,
    ) -> EnvelopeTenantPlan:
        """The plan of a tenant: of one's own, or as the operator of any.

        Args:
            tenant_id (str):
        """

        sent = _get_tenant_plan.call(
            tenant_id=tenant_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_tenant_plan.parse, response)

    def assign_tenant_plan(
        self,
        tenant_id: str,
        *,
        body: AssignPlan,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeTenantPlan:
        """Gives a tenant a plan from now on, or from a date on, in place of everything that was to count from then on. Its features
        hold from the next request on, or from the first one after that date.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (AssignPlan): Gives a tenant a plan.
        """

        sent = _assign_tenant_plan.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_assign_tenant_plan.parse, response)

    def override_tenant_feature(
        self,
        tenant_id: str,
        *,
        body: OverrideFeature,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeTenantPlan:
        """Decides a feature for one tenant, or lets its plan decide again.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (OverrideFeature): Decides a feature for one tenant.
        """

        sent = _override_tenant_feature.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_override_tenant_feature.parse, response)


class AsyncPlansOperations:
    """The operations of `plans`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_plans(
        self,
    ) -> EnvelopeVecPlan:
        """All plans, smallest first."""

        sent = _list_plans.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_list_plans.parse, response)

    async def get_tenant_plan(
        self,
        tenant_id: str,
    ) -> EnvelopeTenantPlan:
        """The plan of a tenant: of one's own, or as the operator of any.

        Args:
            tenant_id (str):
        """

        sent = _get_tenant_plan.call(
            tenant_id=tenant_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_tenant_plan.parse, response)

    async def assign_tenant_plan(
        self,
        tenant_id: str,
        *,
        body: AssignPlan,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeTenantPlan:
        """Gives a tenant a plan from now on, or from a date on, in place of everything that was to count from then on. Its features
        hold from the next request on, or from the first one after that date.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (AssignPlan): Gives a tenant a plan.
        """

        sent = _assign_tenant_plan.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_assign_tenant_plan.parse, response)

    async def override_tenant_feature(
        self,
        tenant_id: str,
        *,
        body: OverrideFeature,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeTenantPlan:
        """Decides a feature for one tenant, or lets its plan decide again.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (OverrideFeature): Decides a feature for one tenant.
        """

        sent = _override_tenant_feature.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_override_tenant_feature.parse, response)
