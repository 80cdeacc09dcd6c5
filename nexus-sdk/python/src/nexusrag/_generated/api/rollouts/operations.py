from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import get_canaries as _get_canaries
from . import get_kill_switches as _get_kill_switches
from . import patch_canaries as _patch_canaries
from . import patch_kill_switches as _patch_kill_switches


class RolloutsOperations:
    """The operations of `rollouts`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_canaries(
        self,
    ) -> EnvelopeCanaries:
        """Which share of tenants has what is being rolled out."""

        sent = _get_canaries.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_canaries.parse, response)

    def patch_canaries(
        self,
        *,
        body: PatchCanaries,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCanaries:
        """Gives something to a share of tenants. A tenant that has it keeps it while the share grows. What is not named stays.

        Args:
            idempotency_key (str | Unset):
            body (PatchCanaries): Moves rollouts; those that are not named stay.
        """

        sent = _patch_canaries.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_canaries.parse, response)

    def get_kill_switches(
        self,
    ) -> EnvelopeKillSwitches:
        """What is stopped for everybody."""

        sent = _get_kill_switches.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_kill_switches.parse, response)

    def patch_kill_switches(
        self,
        *,
        body: PatchKillSwitches,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeKillSwitches:
        """Stops something for everybody, or lets it go on, from the next request on every replica. What is not named stays.

        Args:
            idempotency_key (str | Unset):
            body (PatchKillSwitches): Moves kill switches; those that are not named stay.
        """

        sent = _patch_kill_switches.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_kill_switches.parse, response)


class AsyncRolloutsOperations:
    """The operations of `rollouts`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_canaries(
        self,
    ) -> EnvelopeCanaries:
        """Which share of tenants has what is being rolled out."""

        sent = _get_canaries.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_canaries.parse, response)

    async def patch_canaries(
        self,
        *,
        body: PatchCanaries,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCanaries:
        """Gives something to a share of tenants. A tenant that has it keeps it while the share grows. What is not named stays.

        Args:
            idempotency_key (str | Unset):
            body (PatchCanaries): Moves rollouts; those that are not named stay.
        """

        sent = _patch_canaries.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_canaries.parse, response)

    async def get_kill_switches(
        self,
    ) -> EnvelopeKillSwitches:
        """What is stopped for everybody."""

        sent = _get_kill_switches.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_kill_switches.parse, response)

    async def patch_kill_switches(
        self,
        *,
        body: PatchKillSwitches,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeKillSwitches:
        """Stops something for everybody, or lets it go on, from the next request on every replica. What is not named stays.

        Args:
            idempotency_key (str | Unset):
            body (PatchKillSwitches): Moves kill switches; those that are not named stay.
        """

        sent = _patch_kill_switches.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_kill_switches.parse, response)
