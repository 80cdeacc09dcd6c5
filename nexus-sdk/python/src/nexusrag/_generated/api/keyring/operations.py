from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, Unset
from . import list_platform_keys as _list_platform_keys
from . import retire_platform_key as _retire_platform_key
from . import rotate_platform_key as _rotate_platform_key


class KeyringOperations:
    """The operations of `keyring`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_platform_keys(
        self,
        *,
        purpose: KeyPurpose | Unset = UNSET,
        status: PlatformKeyStatus | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> EnvelopeVecPlatformKey:
        """The keys of the platform, newest first, without their secrets.

        Args:
            purpose (KeyPurpose | Unset): What a key of the platform is for.
            status (PlatformKeyStatus | Unset): What becomes of a key of the platform.
            limit (int | Unset):  Default: 100.
        """

        sent = _list_platform_keys.call(
            purpose=purpose,
            status=status,
            limit=limit,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_platform_keys.parse, response)

    def rotate_platform_key(
        self,
        *,
        purpose: KeyPurpose,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePlatformKeyRotated:
        """Makes a key, which is used from the next signature on, on every replica. The one before it is accepted until it is retired.
        The secret is in this answer and nowhere else.

        Args:
            purpose (KeyPurpose): What a key of the platform is for.
            idempotency_key (str | Unset):
        """

        sent = _rotate_platform_key.call(
            purpose=purpose,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_rotate_platform_key.parse, response)

    def retire_platform_key(
        self,
        key_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePlatformKey:
        """Ends a key: it is used for nothing new and accepted no more. One that has ended stays as it is.

        Args:
            key_id (str):
            idempotency_key (str | Unset):
        """

        sent = _retire_platform_key.call(
            key_id=key_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_retire_platform_key.parse, response)


class AsyncKeyringOperations:
    """The operations of `keyring`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_platform_keys(
        self,
        *,
        purpose: KeyPurpose | Unset = UNSET,
        status: PlatformKeyStatus | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> EnvelopeVecPlatformKey:
        """The keys of the platform, newest first, without their secrets.

        Args:
            purpose (KeyPurpose | Unset): What a key of the platform is for.
            status (PlatformKeyStatus | Unset): What becomes of a key of the platform.
            limit (int | Unset):  Default: 100.
        """

        sent = _list_platform_keys.call(
            purpose=purpose,
            status=status,
            limit=limit,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_platform_keys.parse, response)

    async def rotate_platform_key(
        self,
        *,
        purpose: KeyPurpose,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePlatformKeyRotated:
        """Makes a key, which is used from the next signature on, on every replica. The one before it is accepted until it is retired.
        The secret is in this answer and nowhere else.

        Args:
            purpose (KeyPurpose): What a key of the platform is for.
            idempotency_key (str | Unset):
        """

        sent = _rotate_platform_key.call(
            purpose=purpose,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_rotate_platform_key.parse, response)

    async def retire_platform_key(
        self,
        key_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePlatformKey:
        """Ends a key: it is used for nothing new and accepted no more. One that has ended stays as it is.

        Args:
            key_id (str):
            idempotency_key (str | Unset):
        """

        sent = _retire_platform_key.call(
            key_id=key_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_retire_platform_key.parse, response)
