from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import get_ui_bootstrap as _get_ui_bootstrap
from . import get_ui_dashboard as _get_ui_dashboard
from . import list_ui_activity as _list_ui_activity
from . import list_ui_documents as _list_ui_documents
from . import reindex_ui_document as _reindex_ui_document


class UiOperations:
    """The operations of `ui`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def reindex_ui_document(
        self,
        *,
        body: UiReindex,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeUiAction:
        """Has a document indexed again, as `POST /v1/documents/{document_id}/reindex` does it.

        Args:
            idempotency_key (str | Unset):
            body (UiReindex): Asks for a document to be indexed again.
        """

        sent = _reindex_ui_document.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_reindex_ui_document.parse, response)

    def list_ui_activity(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-occurred_at",
        limit: int | Unset = 25,
        cursor: str | Unset = UNSET,
        actor_type: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> EnvelopeUiActivityPage:
        """The events of the caller's tenant that fit, of the newest 100,000 of the time that is asked for. Facets count all of them
        by type, whichever type is asked for.

        Args:
            q (str | Unset):
            sort (str | Unset):  Default: '-occurred_at'.
            limit (int | Unset):  Default: 25.
            cursor (str | Unset):
            actor_type (str | Unset):
            event_type (str | Unset):
            created_from (datetime.datetime | Unset):
            created_to (datetime.datetime | Unset):
        """

        sent = _list_ui_activity.call(
            q=q,
            sort=sort,
            limit=limit,
            cursor=cursor,
            actor_type=actor_type,
            event_type=event_type,
            created_from=created_from,
            created_to=created_to,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_ui_activity.parse, response)

    def iter_ui_activity(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-occurred_at",
        limit: int | Unset = 25,
        actor_type: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> Iterator[models.UiActivity]:
        """The events of the caller's tenant that fit, of the newest 100,000 of the time that is asked for. Facets count all of them
        by type, whichever type is asked for. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_ui_activity(
                q=q,
                sort=sort,
                limit=limit,
                actor_type=actor_type,
                event_type=event_type,
                created_from=created_from,
                created_to=created_to,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def get_ui_bootstrap(
        self,
    ) -> EnvelopeUiBootstrap:
        """Who asks, the plan of the tenant, where it stands with its quota, and what would work now."""

        sent = _get_ui_bootstrap.call()
        response = self._core.send(sent, changes=False)
        return decoded(_get_ui_bootstrap.parse, response)

    def get_ui_dashboard(
        self,
        *,
        window_days: int | Unset = 30,
    ) -> EnvelopeUiDashboard:
        """Requests by day, where the tenant stands with its quota, what rate limits turned away, and what should be known.

        Args:
            window_days (int | Unset):  Default: 30.
        """

        sent = _get_ui_dashboard.call(
            window_days=window_days,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_ui_dashboard.parse, response)

    def list_ui_documents(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-created_at",
        limit: int | Unset = 25,
        cursor: str | Unset = UNSET,
        status: DocumentStatus | Unset = UNSET,
        corpus_id: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> EnvelopeUiDocumentPage:
        """The documents that fit and that the caller may read. Facets count all of them, and not only those of the page.

        Args:
            q (str | Unset):
            sort (str | Unset):  Default: '-created_at'.
            limit (int | Unset):  Default: 25.
            cursor (str | Unset):
            status (DocumentStatus | Unset): How far ingestion got.
            corpus_id (str | Unset):
            created_from (datetime.datetime | Unset):
            created_to (datetime.datetime | Unset):
        """

        sent = _list_ui_documents.call(
            q=q,
            sort=sort,
            limit=limit,
            cursor=cursor,
            status=status,
            corpus_id=corpus_id,
            created_from=created_from,
            created_to=created_to,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_ui_documents.parse, response)

    def iter_ui_documents(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-created_at",
        limit: int | Unset = 25,
        status: DocumentStatus | Unset = UNSET,
        corpus_id: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> Iterator[models.UiDocument]:
        """The documents that fit and that the caller may read. Facets count all of them, and not only those of the page. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_ui_documents(
                q=q,
                sort=sort,
                limit=limit,
                status=status,
                corpus_id=corpus_id,
                created_from=created_from,
                created_to=created_to,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following


class AsyncUiOperations:
    """The operations of `ui`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def reindex_ui_document(
        self,
        *,
        body: UiReindex,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeUiAction:
        """Has a document indexed again, as `POST /v1/documents/{document_id}/reindex` does it.

        Args:
            idempotency_key (str | Unset):
            body (UiReindex): Asks for a document to be indexed again.
        """

        sent = _reindex_ui_document.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_reindex_ui_document.parse, response)

    async def list_ui_activity(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-occurred_at",
        limit: int | Unset = 25,
        cursor: str | Unset = UNSET,
        actor_type: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> EnvelopeUiActivityPage:
        """The events of the caller's tenant that fit, of the newest 100,000 of the time that is asked for. Facets count all of them
        by type, whichever type is asked for.

        Args:
            q (str | Unset):
            sort (str | Unset):  Default: '-occurred_at'.
            limit (int | Unset):  Default: 25.
            cursor (str | Unset):
            actor_type (str | Unset):
            event_type (str | Unset):
            created_from (datetime.datetime | Unset):
            created_to (datetime.datetime | Unset):
        """

        sent = _list_ui_activity.call(
            q=q,
            sort=sort,
            limit=limit,
            cursor=cursor,
            actor_type=actor_type,
            event_type=event_type,
            created_from=created_from,
            created_to=created_to,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_ui_activity.parse, response)

    async def iter_ui_activity(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-occurred_at",
        limit: int | Unset = 25,
        actor_type: str | Unset = UNSET,
        event_type: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> AsyncIterator[models.UiActivity]:
        """The events of the caller's tenant that fit, of the newest 100,000 of the time that is asked for. Facets count all of them
        by type, whichever type is asked for. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_ui_activity(
                q=q,
                sort=sort,
                limit=limit,
                actor_type=actor_type,
                event_type=event_type,
                created_from=created_from,
                created_to=created_to,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def get_ui_bootstrap(
        self,
    ) -> EnvelopeUiBootstrap:
        """Who asks, the plan of the tenant, where it stands with its quota, and what would work now."""

        sent = _get_ui_bootstrap.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_get_ui_bootstrap.parse, response)

    async def get_ui_dashboard(
        self,
        *,
        window_days: int | Unset = 30,
    ) -> EnvelopeUiDashboard:
        """Requests by day, where the tenant stands with its quota, what rate limits turned away, and what should be known.

        Args:
            window_days (int | Unset):  Default: 30.
        """

        sent = _get_ui_dashboard.call(
            window_days=window_days,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_ui_dashboard.parse, response)

    async def list_ui_documents(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-created_at",
        limit: int | Unset = 25,
        cursor: str | Unset = UNSET,
        status: DocumentStatus | Unset = UNSET,
        corpus_id: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> EnvelopeUiDocumentPage:
        """The documents that fit and that the caller may read. Facets count all of them, and not only those of the page.

        Args:
            q (str | Unset):
            sort (str | Unset):  Default: '-created_at'.
            limit (int | Unset):  Default: 25.
            cursor (str | Unset):
            status (DocumentStatus | Unset): How far ingestion got.
            corpus_id (str | Unset):
            created_from (datetime.datetime | Unset):
            created_to (datetime.datetime | Unset):
        """

        sent = _list_ui_documents.call(
            q=q,
            sort=sort,
            limit=limit,
            cursor=cursor,
            status=status,
            corpus_id=corpus_id,
            created_from=created_from,
            created_to=created_to,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_ui_documents.parse, response)

    async def iter_ui_documents(
        self,
        *,
        q: str | Unset = UNSET,
        sort: str | Unset = "-created_at",
        limit: int | Unset = 25,
        status: DocumentStatus | Unset = UNSET,
        corpus_id: str | Unset = UNSET,
        created_from: datetime.datetime | Unset = UNSET,
        created_to: datetime.datetime | Unset = UNSET,
    ) -> AsyncIterator[models.UiDocument]:
        """The documents that fit and that the caller may read. Facets count all of them, and not only those of the page. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_ui_documents(
                q=q,
                sort=sort,
                limit=limit,
                status=status,
                corpus_id=corpus_id,
                created_from=created_from,
                created_to=created_to,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following
