from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from . import get_ops_health as _get_ops_health


class OpsOperations:
    """The operations of `ops`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_ops_health(
        self,
    ) -> EnvelopeOpsHealth:
        """How the database, the shared state, the workers and the services of others are doing."""

        sent = _get_ops_health.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_ops_health.parse, response)


class AsyncOpsOperations:
    """The operations of `ops`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_ops_health(
        self,
    ) -> EnvelopeOpsHealth:
        """How the database, the shared state, the workers and the services of others are doing."""

        sent = _get_ops_health.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_ops_health.parse, response)
