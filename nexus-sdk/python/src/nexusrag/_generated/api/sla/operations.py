from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import apply_autoscaling as _apply_autoscaling
from . import create_autoscaling_profile as _create_autoscaling_profile
from . import create_global_sla_policy as _create_global_sla_policy
from . import create_sla_policy as _create_sla_policy
from . import disable_global_sla_policy as _disable_global_sla_policy
from . import disable_sla_policy as _disable_sla_policy
from . import enable_global_sla_policy as _enable_global_sla_policy
from . import enable_sla_policy as _enable_sla_policy
from . import evaluate_autoscaling as _evaluate_autoscaling
from . import get_sla_assignment as _get_sla_assignment
from . import list_autoscaling_actions as _list_autoscaling_actions
from . import list_autoscaling_profiles as _list_autoscaling_profiles
from . import list_sla_incidents as _list_sla_incidents
from . import list_sla_measurements as _list_sla_measurements
from . import list_sla_policies as _list_sla_policies
from . import patch_autoscaling_profile as _patch_autoscaling_profile
from . import patch_global_sla_policy as _patch_global_sla_policy
from . import patch_sla_assignment as _patch_sla_assignment
from . import patch_sla_policy as _patch_sla_policy
from . import resolve_sla_incident as _resolve_sla_incident


class SlaOperations:
    """The operations of `sla`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_sla_assignment(
        self,
        tenant_id: str,
    ) -> EnvelopeSlaAssignment:
        """The assignment of a tenant that is in force, and what is planned; or else the one that begins next.

        Args:
            tenant_id (str):
        """

        sent = _get_sla_assignment.call(
            tenant_id=tenant_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_sla_assignment.parse, response)

    def patch_sla_assignment(
        self,
        tenant_id: str,
        *,
        body: PatchSlaAssignment,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaAssignment:
        """Says which policy counts for a tenant, in place of what was said before. What is not given is as if it was never said. With a
        beginning in the future, what counts now counts until then.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (PatchSlaAssignment): Says which policy counts for a tenant, in place of what was
                said before.
        """

        sent = _patch_sla_assignment.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_sla_assignment.parse, response)

    def list_autoscaling_actions(
        self,
        *,
        profile_id: str | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> EnvelopeAutoscalingActionList:
        """Lists what was recommended, newest first.

        Args:
            profile_id (str | Unset):
            limit (int | Unset):  Default: 100.
        """

        sent = _list_autoscaling_actions.call(
            profile_id=profile_id,
            limit=limit,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_autoscaling_actions.parse, response)

    def apply_autoscaling(
        self,
        *,
        body: EvaluateAutoscaling,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingDecision:
        """Recommends a number of replicas and has it executed, unless the installation only tries (`AUTOSCALING_DRY_RUN`) or has no
        executor: the answer says whether anything was done.

        Args:
            idempotency_key (str | Unset):
            body (EvaluateAutoscaling): Asks autoscaling for a number of replicas.
        """

        sent = _apply_autoscaling.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_apply_autoscaling.parse, response)

    def evaluate_autoscaling(
        self,
        *,
        body: EvaluateAutoscaling,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingDecision:
        """Recommends a number of replicas. Nothing is executed, and no cooldown begins.

        Args:
            idempotency_key (str | Unset):
            body (EvaluateAutoscaling): Asks autoscaling for a number of replicas.
        """

        sent = _evaluate_autoscaling.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_evaluate_autoscaling.parse, response)

    def list_autoscaling_profiles(
        self,
    ) -> EnvelopeAutoscalingProfileList:
        """Lists the profiles of the tenant and of the operator, newest first."""

        sent = _list_autoscaling_profiles.call()
        response = self._core.send(sent, changes=False)
        return decoded(_list_autoscaling_profiles.parse, response)

    def create_autoscaling_profile(
        self,
        *,
        body: CreateAutoscalingProfile,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingProfile:
        """Makes a profile.

        Args:
            idempotency_key (str | Unset):
            body (CreateAutoscalingProfile): Makes an autoscaling profile.
        """

        sent = _create_autoscaling_profile.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_autoscaling_profile.parse, response)

    def patch_autoscaling_profile(
        self,
        profile_id: str,
        *,
        body: PatchAutoscalingProfile,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingProfile:
        """Changes a profile. What is not given stays.

        Args:
            profile_id (str):
            idempotency_key (str | Unset):
            body (PatchAutoscalingProfile): Changes an autoscaling profile. What is absent stays.
        """

        sent = _patch_autoscaling_profile.call(
            profile_id=profile_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_autoscaling_profile.parse, response)

    def create_global_sla_policy(
        self,
        *,
        body: CreateSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Makes a policy that counts for every tenant without an assignment, as long as it is the newest.

        Args:
            idempotency_key (str | Unset):
            body (CreateSlaPolicy): Makes a policy for service levels.
        """

        sent = _create_global_sla_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_global_sla_policy.parse, response)

    def patch_global_sla_policy(
        self,
        policy_id: str,
        *,
        body: PatchSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Changes a global policy. What is not given stays; a change of more than `enabled` makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchSlaPolicy): Changes a policy for service levels. What is absent stays; a change
                of more than `enabled` makes a new version.
        """

        sent = _patch_global_sla_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_global_sla_policy.parse, response)

    def disable_global_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a global policy off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_global_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_disable_global_sla_policy.parse, response)

    def enable_global_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a global policy on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_global_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_enable_global_sla_policy.parse, response)

    def list_sla_incidents(
        self,
        *,
        status: SlaIncidentStatus | Unset = UNSET,
    ) -> EnvelopeSlaIncidentList:
        """Lists the incidents of the tenant, newest first.

        Args:
            status (SlaIncidentStatus | Unset): How far an incident has come.
        """

        sent = _list_sla_incidents.call(
            status=status,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_sla_incidents.parse, response)

    def resolve_sla_incident(
        self,
        incident_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaIncident:
        """Resolves an incident by hand. Only a window that is broken afterwards opens another one.

        Args:
            incident_id (str):
            idempotency_key (str | Unset):
        """

        sent = _resolve_sla_incident.call(
            incident_id=incident_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_resolve_sla_incident.parse, response)

    def list_sla_measurements(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        route_class: SlaRouteClass | Unset = UNSET,
        window: ListSlaMeasurementsWindow | Unset = UNSET,
        limit: int | Unset = 50,
    ) -> EnvelopeSlaMeasurementList:
        """Lists what was measured by all replicas together, newest window first.

        Args:
            tenant_id (str | Unset):
            route_class (SlaRouteClass | Unset): What requests are measured together.
            window (ListSlaMeasurementsWindow | Unset): How long a window is.
            limit (int | Unset):  Default: 50.
        """

        sent = _list_sla_measurements.call(
            tenant_id=tenant_id,
            route_class=route_class,
            window=window,
            limit=limit,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_sla_measurements.parse, response)

    def list_sla_policies(
        self,
        *,
        include_global: bool | Unset = True,
    ) -> EnvelopeSlaPolicyList:
        """Lists the policies that may count for the tenant, newest first.

        Args:
            include_global (bool | Unset):  Default: True.
        """

        sent = _list_sla_policies.call(
            include_global=include_global,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_sla_policies.parse, response)

    def create_sla_policy(
        self,
        *,
        body: CreateSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Makes a policy of the tenant. It counts for the tenant once it is assigned.

        Args:
            idempotency_key (str | Unset):
            body (CreateSlaPolicy): Makes a policy for service levels.
        """

        sent = _create_sla_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_sla_policy.parse, response)

    def patch_sla_policy(
        self,
        policy_id: str,
        *,
        body: PatchSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Changes a policy of the tenant. What is not given stays; a change of more than `enabled` makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchSlaPolicy): Changes a policy for service levels. What is absent stays; a change
                of more than `enabled` makes a new version.
        """

        sent = _patch_sla_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_sla_policy.parse, response)

    def disable_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a policy of the tenant off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_disable_sla_policy.parse, response)

    def enable_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a policy of the tenant on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_enable_sla_policy.parse, response)


class AsyncSlaOperations:
    """The operations of `sla`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_sla_assignment(
        self,
        tenant_id: str,
    ) -> EnvelopeSlaAssignment:
        """The assignment of a tenant that is in force, and what is planned; or else the one that begins next.

        Args:
            tenant_id (str):
        """

        sent = _get_sla_assignment.call(
            tenant_id=tenant_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_sla_assignment.parse, response)

    async def patch_sla_assignment(
        self,
        tenant_id: str,
        *,
        body: PatchSlaAssignment,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaAssignment:
        """Says which policy counts for a tenant, in place of what was said before. What is not given is as if it was never said. With a
        beginning in the future, what counts now counts until then.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (PatchSlaAssignment): Says which policy counts for a tenant, in place of what was
                said before.
        """

        sent = _patch_sla_assignment.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_sla_assignment.parse, response)

    async def list_autoscaling_actions(
        self,
        *,
        profile_id: str | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> EnvelopeAutoscalingActionList:
        """Lists what was recommended, newest first.

        Args:
            profile_id (str | Unset):
            limit (int | Unset):  Default: 100.
        """

        sent = _list_autoscaling_actions.call(
            profile_id=profile_id,
            limit=limit,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_autoscaling_actions.parse, response)

    async def apply_autoscaling(
        self,
        *,
        body: EvaluateAutoscaling,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingDecision:
        """Recommends a number of replicas and has it executed, unless the installation only tries (`AUTOSCALING_DRY_RUN`) or has no
        executor: the answer says whether anything was done.

        Args:
            idempotency_key (str | Unset):
            body (EvaluateAutoscaling): Asks autoscaling for a number of replicas.
        """

        sent = _apply_autoscaling.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_apply_autoscaling.parse, response)

    async def evaluate_autoscaling(
        self,
        *,
        body: EvaluateAutoscaling,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingDecision:
        """Recommends a number of replicas. Nothing is executed, and no cooldown begins.

        Args:
            idempotency_key (str | Unset):
            body (EvaluateAutoscaling): Asks autoscaling for a number of replicas.
        """

        sent = _evaluate_autoscaling.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_evaluate_autoscaling.parse, response)

    async def list_autoscaling_profiles(
        self,
    ) -> EnvelopeAutoscalingProfileList:
        """Lists the profiles of the tenant and of the operator, newest first."""

        sent = _list_autoscaling_profiles.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_list_autoscaling_profiles.parse, response)

    async def create_autoscaling_profile(
        self,
        *,
        body: CreateAutoscalingProfile,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingProfile:
        """Makes a profile.

        Args:
            idempotency_key (str | Unset):
            body (CreateAutoscalingProfile): Makes an autoscaling profile.
        """

        sent = _create_autoscaling_profile.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_autoscaling_profile.parse, response)

    async def patch_autoscaling_profile(
        self,
        profile_id: str,
        *,
        body: PatchAutoscalingProfile,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAutoscalingProfile:
        """Changes a profile. What is not given stays.

        Args:
            profile_id (str):
            idempotency_key (str | Unset):
            body (PatchAutoscalingProfile): Changes an autoscaling profile. What is absent stays.
        """

        sent = _patch_autoscaling_profile.call(
            profile_id=profile_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_autoscaling_profile.parse, response)

    async def create_global_sla_policy(
        self,
        *,
        body: CreateSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Makes a policy that counts for every tenant without an assignment, as long as it is the newest.

        Args:
            idempotency_key (str | Unset):
            body (CreateSlaPolicy): Makes a policy for service levels.
        """

        sent = _create_global_sla_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_global_sla_policy.parse, response)

    async def patch_global_sla_policy(
        self,
        policy_id: str,
        *,
        body: PatchSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Changes a global policy. What is not given stays; a change of more than `enabled` makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchSlaPolicy): Changes a policy for service levels. What is absent stays; a change
                of more than `enabled` makes a new version.
        """

        sent = _patch_global_sla_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_global_sla_policy.parse, response)

    async def disable_global_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a global policy off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_global_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_disable_global_sla_policy.parse, response)

    async def enable_global_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a global policy on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_global_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_enable_global_sla_policy.parse, response)

    async def list_sla_incidents(
        self,
        *,
        status: SlaIncidentStatus | Unset = UNSET,
    ) -> EnvelopeSlaIncidentList:
        """Lists the incidents of the tenant, newest first.

        Args:
            status (SlaIncidentStatus | Unset): How far an incident has come.
        """

        sent = _list_sla_incidents.call(
            status=status,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_sla_incidents.parse, response)

    async def resolve_sla_incident(
        self,
        incident_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaIncident:
        """Resolves an incident by hand. Only a window that is broken afterwards opens another one.

        Args:
            incident_id (str):
            idempotency_key (str | Unset):
        """

        sent = _resolve_sla_incident.call(
            incident_id=incident_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_resolve_sla_incident.parse, response)

    async def list_sla_measurements(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        route_class: SlaRouteClass | Unset = UNSET,
        window: ListSlaMeasurementsWindow | Unset = UNSET,
        limit: int | Unset = 50,
    ) -> EnvelopeSlaMeasurementList:
        """Lists what was measured by all replicas together, newest window first.

        Args:
            tenant_id (str | Unset):
            route_class (SlaRouteClass | Unset): What requests are measured together.
            window (ListSlaMeasurementsWindow | Unset): How long a window is.
            limit (int | Unset):  Default: 50.
        """

        sent = _list_sla_measurements.call(
            tenant_id=tenant_id,
            route_class=route_class,
            window=window,
            limit=limit,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_sla_measurements.parse, response)

    async def list_sla_policies(
        self,
        *,
        include_global: bool | Unset = True,
    ) -> EnvelopeSlaPolicyList:
        """Lists the policies that may count for the tenant, newest first.

        Args:
            include_global (bool | Unset):  Default: True.
        """

        sent = _list_sla_policies.call(
            include_global=include_global,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_sla_policies.parse, response)

    async def create_sla_policy(
        self,
        *,
        body: CreateSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Makes a policy of the tenant. It counts for the tenant once it is assigned.

        Args:
            idempotency_key (str | Unset):
            body (CreateSlaPolicy): Makes a policy for service levels.
        """

        sent = _create_sla_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_sla_policy.parse, response)

    async def patch_sla_policy(
        self,
        policy_id: str,
        *,
        body: PatchSlaPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Changes a policy of the tenant. What is not given stays; a change of more than `enabled` makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchSlaPolicy): Changes a policy for service levels. What is absent stays; a change
                of more than `enabled` makes a new version.
        """

        sent = _patch_sla_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_sla_policy.parse, response)

    async def disable_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a policy of the tenant off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_disable_sla_policy.parse, response)

    async def enable_sla_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeSlaPolicy:
        """Switches a policy of the tenant on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_sla_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_enable_sla_policy.parse, response)
