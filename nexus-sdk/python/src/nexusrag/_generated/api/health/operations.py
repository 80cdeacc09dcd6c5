from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from . import get_health as _get_health
from . import get_liveness as _get_liveness
from . import get_metrics as _get_metrics
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

    def get_liveness(
        self,
    ) -> Healthz:
        """Says that the server lives, without an envelope: probes of orchestrators look at the status alone."""

        sent = _get_liveness.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_liveness.parse, response)

    def get_metrics(
        self,
    ) -> str:
        """The metrics of this process for Prometheus. Where a scrape token is set, it is asked for as a bearer token."""

        sent = _get_metrics.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_metrics.parse, response)

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

    async def get_liveness(
        self,
    ) -> Healthz:
        """Says that the server lives, without an envelope: probes of orchestrators look at the status alone."""

        sent = _get_liveness.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_liveness.parse, response)

    async def get_metrics(
        self,
    ) -> str:
        """The metrics of this process for Prometheus. Where a scrape token is set, it is asked for as a bearer token."""

        sent = _get_metrics.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_metrics.parse, response)

    async def get_readiness(
        self,
    ) -> EnvelopeReadiness:
        """Says whether the server should get traffic."""

        sent = _get_readiness.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_readiness.parse, response)
