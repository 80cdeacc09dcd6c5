from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import list_tenant_api_keys as _list_tenant_api_keys
from . import patch_api_key as _patch_api_key


class ApiKeysOperations:
    """The operations of `api_keys`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_tenant_api_keys(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        inactive_days: int | Unset = 90,
        include_only_inactive: bool | Unset = UNSET,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeApiKeyList:
        """Lists the keys of the tenant, newest first, a page at a time.

        Args:
            tenant_id (str | Unset):
            inactive_days (int | Unset):  Default: 90.
            include_only_inactive (bool | Unset):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_tenant_api_keys.call(
            tenant_id=tenant_id,
            inactive_days=inactive_days,
            include_only_inactive=include_only_inactive,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_tenant_api_keys.parse, response)

    def iter_tenant_api_keys(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        inactive_days: int | Unset = 90,
        include_only_inactive: bool | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> Iterator[models.AdminKey]:
        """Lists the keys of the tenant, newest first, a page at a time. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_tenant_api_keys(
                tenant_id=tenant_id,
                inactive_days=inactive_days,
                include_only_inactive=include_only_inactive,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def patch_api_key(
        self,
        key_id: str,
        *,
        body: PatchApiKey,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAdminKey:
        """Renames, expires, revokes or reactivates a key. Reactivating moves the start of its inactivity to now.

        Args:
            key_id (str):
            idempotency_key (str | Unset):
            body (PatchApiKey): Changes an API key; absent fields stay as they are.
        """

        sent = _patch_api_key.call(
            key_id=key_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_api_key.parse, response)


class AsyncApiKeysOperations:
    """The operations of `api_keys`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_tenant_api_keys(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        inactive_days: int | Unset = 90,
        include_only_inactive: bool | Unset = UNSET,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeApiKeyList:
        """Lists the keys of the tenant, newest first, a page at a time.

        Args:
            tenant_id (str | Unset):
            inactive_days (int | Unset):  Default: 90.
            include_only_inactive (bool | Unset):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_tenant_api_keys.call(
            tenant_id=tenant_id,
            inactive_days=inactive_days,
            include_only_inactive=include_only_inactive,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_tenant_api_keys.parse, response)

    async def iter_tenant_api_keys(
        self,
        *,
        tenant_id: str | Unset = UNSET,
        inactive_days: int | Unset = 90,
        include_only_inactive: bool | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.AdminKey]:
        """Lists the keys of the tenant, newest first, a page at a time. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_tenant_api_keys(
                tenant_id=tenant_id,
                inactive_days=inactive_days,
                include_only_inactive=include_only_inactive,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def patch_api_key(
        self,
        key_id: str,
        *,
        body: PatchApiKey,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeAdminKey:
        """Renames, expires, revokes or reactivates a key. Reactivating moves the start of its inactivity to now.

        Args:
            key_id (str):
            idempotency_key (str | Unset):
            body (PatchApiKey): Changes an API key; absent fields stay as they are.
        """

        sent = _patch_api_key.call(
            key_id=key_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_api_key.parse, response)
