from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from . import get_run_receipt as _get_run_receipt


class RunOperations:
    """The operations of `run`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_run_receipt(
        self,
        run_id: str,
    ) -> EnvelopeRunReceipt:
        """The receipt of an answer, for whoever asked and for administrators: hashes of the question and the answer, who asked, which
        policies and which index counted, the cited passages, the model and the cost. With its proof it can be checked without this
        server (`nexus receipt verify`).

        Args:
            run_id (str):
        """

        sent = _get_run_receipt.call(
            run_id=run_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_run_receipt.parse, response)


class AsyncRunOperations:
    """The operations of `run`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def get_run_receipt(
        self,
        run_id: str,
    ) -> EnvelopeRunReceipt:
        """The receipt of an answer, for whoever asked and for administrators: hashes of the question and the answer, who asked, which
        policies and which index counted, the cited passages, the model and the cost. With its proof it can be checked without this
        server (`nexus receipt verify`).

        Args:
            run_id (str):
        """

        sent = _get_run_receipt.call(
            run_id=run_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_run_receipt.parse, response)
