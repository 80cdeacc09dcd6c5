from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import add_group_member as _add_group_member
from . import create_group as _create_group
from . import delete_group as _delete_group
from . import get_group as _get_group
from . import list_groups as _list_groups
from . import remove_group_member as _remove_group_member


class GroupsOperations:
    """The operations of `groups`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_groups(
        self,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeVecGroup:
        """Lists the groups of the tenant, oldest first.

        Args:
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_groups.call(
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_groups.parse, response)

    def iter_groups(
        self,
        *,
        limit: int | Unset = 100,
    ) -> Iterator[models.Group]:
        """Lists the groups of the tenant, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_groups(
                limit=limit,
                cursor=cursor,
            )
            yield from page.data
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def create_group(
        self,
        *,
        body: CreateGroup,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGroup:
        """Makes a group without members.

        Args:
            idempotency_key (str | Unset):
            body (CreateGroup): Asks for a new group.
        """

        sent = _create_group.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_group.parse, response)

    def get_group(
        self,
        group_id: str,
    ) -> EnvelopeGroup:
        """One group with its members.

        Args:
            group_id (str):
        """

        sent = _get_group.call(
            group_id=group_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_group.parse, response)

    def delete_group(
        self,
        group_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a group. Grants to it speak to nobody from then on.

        Args:
            group_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_group.call(
            group_id=group_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_delete_group.parse, response)

    def add_group_member(
        self,
        group_id: str,
        user_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Makes a user a member of a group.

        Args:
            group_id (str):
            user_id (str):
            idempotency_key (str | Unset):
        """

        sent = _add_group_member.call(
            group_id=group_id,
            user_id=user_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_add_group_member.parse, response)

    def remove_group_member(
        self,
        group_id: str,
        user_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Takes a user out of a group. It counts from the next request on.

        Args:
            group_id (str):
            user_id (str):
            idempotency_key (str | Unset):
        """

        sent = _remove_group_member.call(
            group_id=group_id,
            user_id=user_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_remove_group_member.parse, response)


class AsyncGroupsOperations:
    """The operations of `groups`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_groups(
        self,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeVecGroup:
        """Lists the groups of the tenant, oldest first.

        Args:
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_groups.call(
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_groups.parse, response)

    async def iter_groups(
        self,
        *,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.Group]:
        """Lists the groups of the tenant, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_groups(
                limit=limit,
                cursor=cursor,
            )
            for item in page.data:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def create_group(
        self,
        *,
        body: CreateGroup,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGroup:
        """Makes a group without members.

        Args:
            idempotency_key (str | Unset):
            body (CreateGroup): Asks for a new group.
        """

        sent = _create_group.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_group.parse, response)

    async def get_group(
        self,
        group_id: str,
    ) -> EnvelopeGroup:
        """One group with its members.

        Args:
            group_id (str):
        """

        sent = _get_group.call(
            group_id=group_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_group.parse, response)

    async def delete_group(
        self,
        group_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a group. Grants to it speak to nobody from then on.

        Args:
            group_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_group.call(
            group_id=group_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_delete_group.parse, response)

    async def add_group_member(
        self,
        group_id: str,
        user_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Makes a user a member of a group.

        Args:
            group_id (str):
            user_id (str):
            idempotency_key (str | Unset):
        """

        sent = _add_group_member.call(
            group_id=group_id,
            user_id=user_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_add_group_member.parse, response)

    async def remove_group_member(
        self,
        group_id: str,
        user_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Takes a user out of a group. It counts from the next request on.

        Args:
            group_id (str):
            user_id (str):
            idempotency_key (str | Unset):
        """

        sent = _remove_group_member.call(
            group_id=group_id,
            user_id=user_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_remove_group_member.parse, response)
