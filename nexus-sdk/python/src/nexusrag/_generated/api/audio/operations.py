from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from ...types import UNSET, File, Unset
from . import get_audio as _get_audio


class AudioOperations:
    """The operations of `audio`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_audio(
        self,
        file: str,
        *,
        tenant: str | Unset = UNSET,
        expires: str | Unset = UNSET,
        signature: str | Unset = UNSET,
    ) -> File:
        """The sound of an answer. The address comes from an `audio.ready` event, signature included.

        Args:
            file (str):
            tenant (str | Unset):
            expires (str | Unset):
            signature (str | Unset):
        """

        sent = _get_audio.call(
            file=file,
            tenant=tenant,
            expires=expires,
            signature=signature,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_audio.parse, response)


class AsyncAudioOperations:
    """The operations of `audio`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_audio(
        self,
        file: str,
        *,
        tenant: str | Unset = UNSET,
        expires: str | Unset = UNSET,
        signature: str | Unset = UNSET,
    ) -> File:
        """The sound of an answer. The address comes from an `audio.ready` event, signature included.

        Args:
            file (str):
            tenant (str | Unset):
            expires (str | Unset):
            signature (str | Unset):
        """

        sent = _get_audio.call(
            file=file,
            tenant=tenant,
            expires=expires,
            signature=signature,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_audio.parse, response)
