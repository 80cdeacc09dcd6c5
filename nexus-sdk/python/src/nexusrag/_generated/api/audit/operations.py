from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import export_audit_events as _export_audit_events
from . import get_audit_event as _get_audit_event
from . import get_audit_key as _get_audit_key
from . import list_audit_events as _list_audit_events


class AuditOperations:
    """The operations of `audit`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_audit_events(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        outcome: AuditOutcome | Unset = UNSET,
        resource_type: str | Unset = UNSET,
        resource_id: str | Unset = UNSET,
        from_: datetime.datetime | Unset = UNSET,
        to: datetime.datetime | Unset = UNSET,
        offset: int | Unset = 0,
        limit: int | Unset = 50,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeAuditEventList:
        """The events of the caller's tenant that fit, newest first.

        Args:
            tenant_id (str | Unset):
            event_type (str | Unset):
            outcome (AuditOutcome | Unset): How something ended.
            resource_type (str | Unset):
            resource_id (str | Unset):
            from_ (datetime.datetime | Unset):
            to (datetime.datetime | Unset):
            offset (int | Unset):  Default: 0.
            limit (int | Unset):  Default: 50.
            cursor (str | Unset):
        """

        sent = _list_audit_events.call(
            tenant_id=tenant_id,
            event_type=event_type,
            outcome=outcome,
            resource_type=resource_type,
            resource_id=resource_id,
            from_=from_,
            to=to,
            offset=offset,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_audit_events.parse, response)

    def iter_audit_events(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        outcome: AuditOutcome | Unset = UNSET,
        resource_type: str | Unset = UNSET,
        resource_id: str | Unset = UNSET,
        from_: datetime.datetime | Unset = UNSET,
        to: datetime.datetime | Unset = UNSET,
        limit: int | Unset = 50,
    ) -> Iterator[models.AuditEvent]:
        """The events of the caller's tenant that fit, newest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_audit_events(
                tenant_id=tenant_id,
                event_type=event_type,
                outcome=outcome,
                resource_type=resource_type,
                resource_id=resource_id,
                from_=from_,
                to=to,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def get_audit_event(
        self,
        event_id: int,
    ) -> EnvelopeAuditEvent:
        """One event of the caller's tenant.

        Args:
            event_id (int):
        """

        sent = _get_audit_event.call(
            event_id=event_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_audit_event.parse, response)

    def export_audit_events(
        self,
        *,
        after: int | Unset = UNSET,
    ) -> str:
        """The sealed events of the caller's tenant, oldest first, with everything that proves them: one JSON object a line, for
        `nexus audit verify`. Ends after 100,000 events with `more`; the next part begins after its `through`.

        Args:
            after (int | Unset):
        """

        sent = _export_audit_events.call(
            after=after,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_export_audit_events.parse, response)

    def get_audit_key(
        self,
    ) -> EnvelopeAuditKey:
        """The public keys that checkpoints are signed with, and for callers with a credential the newest checkpoint. Keep both: a
        checkpoint in your hands is one that nobody can take back.
        """

        sent = _get_audit_key.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_audit_key.parse, response)


class AsyncAuditOperations:
    """The operations of `audit`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_audit_events(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        outcome: AuditOutcome | Unset = UNSET,
        resource_type: str | Unset = UNSET,
        resource_id: str | Unset = UNSET,
        from_: datetime.datetime | Unset = UNSET,
        to: datetime.datetime | Unset = UNSET,
        offset: int | Unset = 0,
        limit: int | Unset = 50,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeAuditEventList:
        """The events of the caller's tenant that fit, newest first.

        Args:
            tenant_id (str | Unset):
            event_type (str | Unset):
            outcome (AuditOutcome | Unset): How something ended.
            resource_type (str | Unset):
            resource_id (str | Unset):
            from_ (datetime.datetime | Unset):
            to (datetime.datetime | Unset):
            offset (int | Unset):  Default: 0.
            limit (int | Unset):  Default: 50.
            cursor (str | Unset):
        """

        sent = _list_audit_events.call(
            tenant_id=tenant_id,
            event_type=event_type,
            outcome=outcome,
            resource_type=resource_type,
            resource_id=resource_id,
            from_=from_,
            to=to,
            offset=offset,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_audit_events.parse, response)

    async def iter_audit_events(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        outcome: AuditOutcome | Unset = UNSET,
        resource_type: str | Unset = UNSET,
        resource_id: str | Unset = UNSET,
        from_: datetime.datetime | Unset = UNSET,
        to: datetime.datetime | Unset = UNSET,
        limit: int | Unset = 50,
    ) -> AsyncIterator[models.AuditEvent]:
        """The events of the caller's tenant that fit, newest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_audit_events(
                tenant_id=tenant_id,
                event_type=event_type,
                outcome=outcome,
                resource_type=resource_type,
                resource_id=resource_id,
                from_=from_,
                to=to,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def get_audit_event(
        self,
        event_id: int,
    ) -> EnvelopeAuditEvent:
        """One event of the caller's tenant.

        Args:
            event_id (int):
        """

        sent = _get_audit_event.call(
            event_id=event_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_audit_event.parse, response)

    async def export_audit_events(
        self,
        *,
        after: int | Unset = UNSET,
    ) -> str:
        """The sealed events of the caller's tenant, oldest first, with everything that proves them: one JSON object a line, for
        `nexus audit verify`. Ends after 100,000 events with `more`; the next part begins after its `through`.

        Args:
            after (int | Unset):
        """

        sent = _export_audit_events.call(
            after=after,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_export_audit_events.parse, response)

    async def get_audit_key(
        self,
    ) -> EnvelopeAuditKey:
        """The public keys that checkpoints are signed with, and for callers with a credential the newest checkpoint. Keep both: a
        checkpoint in your hands is one that nobody can take back.
        """

        sent = _get_audit_key.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_audit_key.parse, response)
