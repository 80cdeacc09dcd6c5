from __future__ import annotations

from uuid import UUID

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import cancel_rotation_job as _cancel_rotation_job
from . import get_rotation_job as _get_rotation_job
from . import list_tenant_keys as _list_tenant_keys
from . import pause_rotation_job as _pause_rotation_job
from . import resume_rotation_job as _resume_rotation_job
from . import rotate_tenant_key as _rotate_tenant_key


class CryptoOperations:
    """The operations of `crypto`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_tenant_keys(
        self,
        tenant_id: str,
    ) -> EnvelopeCryptoKeys:
        """The keys of one's own tenant.

        Args:
            tenant_id (str):
        """

        sent = _list_tenant_keys.call(
            tenant_id=tenant_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_tenant_keys.parse, response)

    def rotate_tenant_key(
        self,
        tenant_id: str,
        *,
        body: RotateKey,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeKeyRotated:
        """Makes a new version of the key of one's own tenant. It seals at once; a job seals anew what older versions sealed.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (RotateKey): Asks for a new version of the key.
        """

        sent = _rotate_tenant_key.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_rotate_tenant_key.parse, response)

    def get_rotation_job(
        self,
        id: UUID,
    ) -> EnvelopeRotationJob:
        """How far a rotation is, and what it could not read.

        Args:
            id (UUID):
        """

        sent = _get_rotation_job.call(
            id=id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_rotation_job.parse, response)

    def cancel_rotation_job(
        self,
        id: UUID,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeRotationJob:
        """Gives a rotation up: what was sealed anew stays so, and older versions go on to open the rest.

        Args:
            id (UUID):
            idempotency_key (str | Unset):
        """

        sent = _cancel_rotation_job.call(
            id=id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_cancel_rotation_job.parse, response)

    def pause_rotation_job(
        self,
        id: UUID,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeRotationJob:
        """Lets a rotation rest from the next thing on. One that is over stays as it is.

        Args:
            id (UUID):
            idempotency_key (str | Unset):
        """

        sent = _pause_rotation_job.call(
            id=id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_pause_rotation_job.parse, response)

    def resume_rotation_job(
        self,
        id: UUID,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeRotationJob:
        """Lets a rotation go on where it rests.

        Args:
            id (UUID):
            idempotency_key (str | Unset):
        """

        sent = _resume_rotation_job.call(
            id=id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_resume_rotation_job.parse, response)


class AsyncCryptoOperations:
    """The operations of `crypto`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_tenant_keys(
        self,
        tenant_id: str,
    ) -> EnvelopeCryptoKeys:
        """The keys of one's own tenant.

        Args:
            tenant_id (str):
        """

        sent = _list_tenant_keys.call(
            tenant_id=tenant_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_tenant_keys.parse, response)

    async def rotate_tenant_key(
        self,
        tenant_id: str,
        *,
        body: RotateKey,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeKeyRotated:
        """Makes a new version of the key of one's own tenant. It seals at once; a job seals anew what older versions sealed.

        Args:
            tenant_id (str):
            idempotency_key (str | Unset):
            body (RotateKey): Asks for a new version of the key.
        """

        sent = _rotate_tenant_key.call(
            tenant_id=tenant_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_rotate_tenant_key.parse, response)

    async def get_rotation_job(
        self,
        id: UUID,
    ) -> EnvelopeRotationJob:
        """How far a rotation is, and what it could not read.

        Args:
            id (UUID):
        """

        sent = _get_rotation_job.call(
            id=id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_rotation_job.parse, response)

    async def cancel_rotation_job(
        self,
        id: UUID,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeRotationJob:
        """Gives a rotation up: what was sealed anew stays so, and older versions go on to open the rest.

        Args:
            id (UUID):
            idempotency_key (str | Unset):
        """

        sent = _cancel_rotation_job.call(
            id=id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_cancel_rotation_job.parse, response)

    async def pause_rotation_job(
        self,
        id: UUID,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeRotationJob:
        """Lets a rotation rest from the next thing on. One that is over stays as it is.

        Args:
            id (UUID):
            idempotency_key (str | Unset):
        """

        sent = _pause_rotation_job.call(
            id=id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_pause_rotation_job.parse, response)

    async def resume_rotation_job(
        self,
        id: UUID,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeRotationJob:
        """Lets a rotation go on where it rests.

        Args:
            id (UUID):
            idempotency_key (str | Unset):
        """

        sent = _resume_rotation_job.call(
            id=id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_resume_rotation_job.parse, response)
