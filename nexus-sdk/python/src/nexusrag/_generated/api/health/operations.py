from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from . import get_health as _get_health
from . import get_readiness as _get_readiness


class HealthOperations:
    """The operations of `health`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_health(
        self,
    ) -> EnvelopeHealth:
        """Says that the server answers."""

        sent = _get_health.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_health.parse, response)

    def get_readiness(
        self,
    ) -> EnvelopeReadiness:
        """Says whether the server should get traffic."""

        sent = _get_readiness.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_readiness.parse, response)


class AsyncHealthOperations:
    """The operations of `health`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_health(
        self,
    ) -> EnvelopeHealth:
        """Says that the server answers."""

        sent = _get_health.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_health.parse, response)

    async def get_readiness(
        self,
    ) -> EnvelopeReadiness:
        """Says whether the server should get traffic."""

        sent = _get_readiness.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_readiness.parse, response)
