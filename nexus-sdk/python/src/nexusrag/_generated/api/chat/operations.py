from __future__ import annotations

from ...._core import AsyncCore, Core, decoded
from ...models import *
from . import complete as _complete
from . import get as _get
from . import list_ as _list_


class ChatOperations:
    """The operations of `chat`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def complete(
        self,
        *,
        body: ChatCompletionRequest,
    ) -> ChatCompletion:
        """Asks a question of a corpus, in the form of OpenAI's chat completions.

        `model` is the corpus, the last message is the question, and those before it are the conversation.
        With `stream` the
        answer comes in chunks and ends with `data: [DONE]`; a client that hangs up stops the run.
        Annotations of the message name
        the documents that it rests on, and the characters.

        Args:
            body (ChatCompletionRequest): Asks a corpus, in the form of OpenAI's chat completions.

                The last message has to be the user's and is the question; the messages before it are the
                conversation.
        """

        sent = _complete.call(
            body=body,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_complete.parse, response)

    def list_(
        self,
    ) -> ModelList:
        """Lists the corpora of the tenant as models, oldest first, at most 1,000. `GET /v1/corpora` has all of them, in pages."""

        sent = _list_.call()
        response = self._core.send(sent, changes=False)
        return decoded(_list_.parse, response)

    def get(
        self,
        corpus_id: str,
    ) -> Model:
        """One corpus, as a model.

        Args:
            corpus_id (str):
        """

        sent = _get.call(
            corpus_id=corpus_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get.parse, response)


class AsyncChatOperations:
    """The operations of `chat`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def complete(
        self,
        *,
        body: ChatCompletionRequest,
    ) -> ChatCompletion:
        """Asks a question of a corpus, in the form of OpenAI's chat completions.

        `model` is the corpus, the last message is the question, and those before it are the conversation.
        With `stream` the
        answer comes in chunks and ends with `data: [DONE]`; a client that hangs up stops the run.
        Annotations of the message name
        the documents that it rests on, and the characters.

        Args:
            body (ChatCompletionRequest): Asks a corpus, in the form of OpenAI's chat completions.

                The last message has to be the user's and is the question; the messages before it are the
                conversation.
        """

        sent = _complete.call(
            body=body,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_complete.parse, response)

    async def list_(
        self,
    ) -> ModelList:
        """Lists the corpora of the tenant as models, oldest first, at most 1,000. `GET /v1/corpora` has all of them, in pages."""

        sent = _list_.call()
        response = await self._core.send(sent, changes=False)
        return decoded(_list_.parse, response)

    async def get(
        self,
        corpus_id: str,
    ) -> Model:
        """One corpus, as a model.

        Args:
            corpus_id (str):
        """

        sent = _get.call(
            corpus_id=corpus_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get.parse, response)
