"""Runs: the stream of an answer, continued where it broke.

A run costs money, so the question is not simply sent again when the connection breaks: the same body goes out with
`X-Run-Id` and `Last-Event-ID`, and the server sends what was missed. Only an attempt that cannot have begun a run (the
connection was refused, or the server refused the question) is repeated as it was.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from ._core import AsyncCore, Core, Held, lost
from ._errors import (
    ApiError,
    DecodeError,
    InterruptedStreamError,
    NexusError,
    ResumeUnsupportedError,
    RunFailedError,
    TransportError,
)
from ._retry import RetryPolicy
from ._sse import Frames
from .events import Heartbeat, MessageFinal, ResumeUnsupported, RunEvent, StreamError, parse_event


def question(session_id: str, corpus_id: str, message: str, top_k: int | None, audio: bool) -> bytes:
    """What is sent, each time the same."""
    body: dict[str, Any] = {"session_id": session_id, "corpus_id": corpus_id, "message": message, "audio": audio}
    if top_k is not None:
        body["top_k"] = top_k
    return json.dumps(body).encode()


class Progress:
    """How far a stream got: the rules of going on, without input or output."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        #: The id of the run: the one this client proposes, until the server names another.
        self.run_id = str(uuid4())
        #: The number of the last event that was passed on.
        self.last_seq = 0
        #: Whether the server may have begun the run, so that asking again could cost twice.
        self.begun = False
        #: How often in a row the connection was lost without news.
        self.cuts = 0

    def headers(self) -> dict[str, str]:
        # Compression would hold events back.
        common = {"content-type": "application/json", "accept": "text/event-stream", "accept-encoding": "identity"}
        if self.begun:
            return {**common, "X-Run-Id": self.run_id, "Last-Event-ID": str(self.last_seq)}
        return {**common, "X-Request-Id": self.run_id}

    def answered(self, response: httpx.Response) -> None:
        """The server answers with a stream."""
        if not self.begun:
            self.run_id = response.headers.get("x-request-id", self.run_id)
        self.begun = True

    def admit(self, event: RunEvent) -> bool:
        """Whether the caller gets an event: not if it was passed on before."""
        if isinstance(event.data, ResumeUnsupported):
            raise ResumeUnsupportedError(self.last_seq, event.data.message)
        # Some servers send an event without a number when they fail late; it cannot be a repetition.
        if event.seq != 0 and event.seq <= self.last_seq:
            return False
        if self.last_seq == 0 and event.request_id:
            self.run_id = event.request_id
        self.last_seq = max(self.last_seq, event.seq)
        if not isinstance(event.data, Heartbeat):
            self.cuts = 0
        return True

    def cut(self, error: NexusError) -> float:
        """The connection was lost, or there was none: how long to wait. Raises the error when it is given up."""
        self.cuts += 1
        # A gateway that lost the server cannot tell how far the question got; a refusal can.
        if isinstance(error, ApiError):
            refused = error.status not in (502, 504)
        else:
            refused = isinstance(error, TransportError) and not error.sent
        self.begun = self.begun or not refused
        wait = self._policy.after(self.cuts, error, random.random())
        if wait is None:
            raise error
        return wait


def is_stream(response: httpx.Response) -> bool:
    """Whether the response is a stream of events, whatever its status: a refused run can be one too."""
    media = response.headers.get("content-type", "").split(";")[0].strip().lower()
    return bool(media == "text/event-stream")


def no_stream(held: Held) -> NexusError:
    try:
        held.success()
    except ApiError as error:
        return error
    return DecodeError("it is no stream of events")


class RunStream:
    """The events of a run. Iterate over it, or use it in a `with` block; leaving that, or `close`, stops the run.

    Each event comes once, in order, also when the connection broke in between. A run that fails says so in an `error`
    event and still ends with `done`.
    """

    def __init__(self, core: Core, body: bytes) -> None:
        self._core = core
        self._body = body
        self._progress = Progress(core.settings.retry)
        self._events = self._read()

    @property
    def run_id(self) -> str:
        """The id of the run, known for certain once the first event came."""
        return self._progress.run_id

    @property
    def last_seq(self) -> int:
        """The number of the last event that was read."""
        return self._progress.last_seq

    def __iter__(self) -> Iterator[RunEvent]:
        return self

    def __next__(self) -> RunEvent:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up. A run that nobody reads is stopped by the server."""
        self._events.close()

    def answer(self) -> MessageFinal:
        """Reads to the end and gives the answer. A run that failed raises `RunFailedError`."""
        outcome = Outcome()
        with self:
            for event in self:
                outcome.note(event)
        return outcome.answer(self._progress)

    def _read(self) -> Generator[RunEvent, None, None]:
        progress = self._progress
        while True:
            connection = self._connection()
            try:
                for event in connection:
                    if progress.admit(event):
                        yield event
                        if event.type == "done":
                            return
                raise InterruptedStreamError(progress.last_seq)
            except ResumeUnsupportedError:
                raise
            except NexusError as error:
                wait = progress.cut(error)
            finally:
                connection.close()
            time.sleep(wait)

    def _connection(self) -> Generator[RunEvent, None, None]:
        http, settings = self._core.http, self._core.settings
        request = http.build_request(
            "POST",
            "/v1/run",
            content=self._body,
            headers=self._progress.headers(),
            timeout=settings.stream_timeout,
        )
        try:
            response = http.send(request, stream=True)
            try:
                if not is_stream(response):
                    held = Held(response)
                    for chunk in response.iter_bytes():
                        held.add(chunk)
                    raise no_stream(held)
                self._progress.answered(response)
                frames = Frames()
                for chunk in response.iter_bytes():
                    for frame in frames.feed(chunk):
                        yield parse_event(frame)
            finally:
                response.close()
        except httpx.TransportError as error:
            raise lost(error) from error


class AsyncRunStream:
    """The events of a run. Iterate over it, also in an `async with` block; leaving that, or `aclose`, stops the run.

    Each event comes once, in order, also when the connection broke in between. A run that fails says so in an `error`
    event and still ends with `done`.
    """

    def __init__(self, core: AsyncCore, body: bytes) -> None:
        self._core = core
        self._body = body
        self._progress = Progress(core.settings.retry)
        self._events = self._read()

    @property
    def run_id(self) -> str:
        """The id of the run, known for certain once the first event came."""
        return self._progress.run_id

    @property
    def last_seq(self) -> int:
        """The number of the last event that was read."""
        return self._progress.last_seq

    def __aiter__(self) -> AsyncIterator[RunEvent]:
        return self

    async def __anext__(self) -> RunEvent:
        return await self._events.__anext__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Hangs up. A run that nobody reads is stopped by the server."""
        await self._events.aclose()

    async def answer(self) -> MessageFinal:
        """Reads to the end and gives the answer. A run that failed raises `RunFailedError`."""
        outcome = Outcome()
        async with self:
            async for event in self:
                outcome.note(event)
        return outcome.answer(self._progress)

    async def _read(self) -> AsyncGenerator[RunEvent, None]:
        progress = self._progress
        while True:
            connection = self._connection()
            try:
                async for event in connection:
                    if progress.admit(event):
                        yield event
                        if event.type == "done":
                            return
                raise InterruptedStreamError(progress.last_seq)
            except ResumeUnsupportedError:
                raise
            except NexusError as error:
                wait = progress.cut(error)
            finally:
                await connection.aclose()
            await asyncio.sleep(wait)

    async def _connection(self) -> AsyncGenerator[RunEvent, None]:
        http, settings = self._core.http, self._core.settings
        request = http.build_request(
            "POST",
            "/v1/run",
            content=self._body,
            headers=self._progress.headers(),
            timeout=settings.stream_timeout,
        )
        try:
            response = await http.send(request, stream=True)
            try:
                if not is_stream(response):
                    held = Held(response)
                    async for chunk in response.aiter_bytes():
                        held.add(chunk)
                    raise no_stream(held)
                self._progress.answered(response)
                frames = Frames()
                async for chunk in response.aiter_bytes():
                    for frame in frames.feed(chunk):
                        yield parse_event(frame)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise lost(error) from error


class Outcome:
    """What became of a run."""

    def __init__(self) -> None:
        self._final: MessageFinal | None = None
        self._error: StreamError | None = None

    def note(self, event: RunEvent) -> None:
        if isinstance(event.data, MessageFinal):
            self._final = event.data
        elif event.type == "error" and isinstance(event.data, StreamError):
            self._error = event.data

    def answer(self, progress: Progress) -> MessageFinal:
        if self._error is not None:
            raise RunFailedError(self._error.code, self._error.message, progress.run_id)
        if self._final is None:
            raise RunFailedError("NO_ANSWER", "the run ended without an answer", progress.run_id)
        return self._final
