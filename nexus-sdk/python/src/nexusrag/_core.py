"""One call: what is sent, and how often."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from ._errors import ArgumentError, DecodeError, NexusError, SilenceError, TooLargeError, TransportError, refusal
from ._retry import Attempts, RetryPolicy
from ._version import VERSION

T = TypeVar("T")

#: The most of an answer that is held in memory.
MAX_BODY = 64 * 1024 * 1024


class Settings:
    """What both kinds of client are made of."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        retry: RetryPolicy,
        timeout: float,
        connect_timeout: float,
        silence_timeout: float,
    ) -> None:
        self.base_url = _checked(base_url)
        self.headers = {"user-agent": f"nexusrag-python/{VERSION}", **_bearer(api_key)}
        self.retry = retry
        self.timeout = httpx.Timeout(timeout, connect=connect_timeout)
        self.stream_timeout = httpx.Timeout(silence_timeout, connect=connect_timeout)

    def of_client(self) -> dict[str, Any]:
        # The server redirects no call of this client; following one could carry a document elsewhere.
        return {
            "base_url": self.base_url,
            "headers": self.headers,
            "timeout": self.timeout,
            "follow_redirects": False,
        }


class Core:
    """Sends calls and waits between attempts."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        self.http = httpx.Client(transport=transport, **settings.of_client())

    def send(self, call: Mapping[str, Any], *, changes: bool) -> httpx.Response:
        """The answer to a call, if it is a success."""
        call = named(call, changes)
        attempts = Attempts(self.settings.retry)
        while True:
            try:
                return self._once(call)
            except NexusError as error:
                wait = attempts.wait(error)
            time.sleep(wait)

    def _once(self, call: Mapping[str, Any]) -> httpx.Response:
        try:
            request = self.http.build_request(**call)
            response = self.http.send(request, stream=True)
            try:
                read = Held(response)
                for chunk in response.iter_bytes():
                    read.add(chunk)
            finally:
                response.close()
        except httpx.TransportError as error:
            raise lost(error) from error
        return read.success()


class AsyncCore:
    """Sends calls and waits between attempts, without blocking."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.settings = settings
        self.http = httpx.AsyncClient(transport=transport, **settings.of_client())

    async def send(self, call: Mapping[str, Any], *, changes: bool) -> httpx.Response:
        """The answer to a call, if it is a success."""
        call = named(call, changes)
        attempts = Attempts(self.settings.retry)
        while True:
            try:
                return await self._once(call)
            except NexusError as error:
                wait = attempts.wait(error)
            await asyncio.sleep(wait)

    async def _once(self, call: Mapping[str, Any]) -> httpx.Response:
        try:
            request = self.http.build_request(**call)
            response = await self.http.send(request, stream=True)
            try:
                read = Held(response)
                async for chunk in response.aiter_bytes():
                    read.add(chunk)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise lost(error) from error
        return read.success()


class Held:
    """An answer as it is read, up to a limit."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_BODY:
            raise TooLargeError(f"the answer is larger than {MAX_BODY} bytes")
        self._chunks.append(chunk)

    def success(self) -> httpx.Response:
        # What was read is no longer compressed, nor in pieces.
        left_out = ("content-encoding", "content-length", "transfer-encoding")
        headers = [pair for pair in self._response.headers.multi_items() if pair[0] not in left_out]
        body = b"".join(self._chunks)
        whole = httpx.Response(
            self._response.status_code, headers=headers, content=body, request=self._response.request
        )
        if not whole.is_success:
            raise refusal(whole)
        return whole


def named(call: Mapping[str, Any], changes: bool) -> dict[str, Any]:
    """A change names itself, so that sending it twice has one effect."""
    headers = dict(call.get("headers", {}))
    if changes:
        headers.setdefault("Idempotency-Key", str(uuid4()))
    return {**call, "headers": headers}


def lost(error: httpx.TransportError) -> TransportError:
    """A connection that failed, without what was sent on it."""
    if isinstance(error, httpx.ReadTimeout):
        return SilenceError("nothing was heard for too long")
    sent = not isinstance(
        error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
    )
    return TransportError(f"the server could not be asked: {error or type(error).__name__}", sent=sent)


def decoded(parse: Callable[[httpx.Response], T], response: httpx.Response) -> T:
    """What an answer holds."""
    try:
        return parse(response)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DecodeError(f"{type(error).__name__} {error}", response) from error


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ArgumentError("base_url begins with neither http:// nor https://")
    if parts.username or parts.password:
        raise ArgumentError("base_url holds a user name or password, which would end up in error messages")
    if parts.query or parts.fragment:
        raise ArgumentError("base_url has a query or a fragment")
    return base_url.rstrip("/")


def _bearer(api_key: str | None) -> dict[str, str]:
    if not api_key:
        return {}
    if not api_key.isascii() or not api_key.isprintable() or any(c.isspace() for c in api_key):
        raise ArgumentError("the API key holds characters that no header can carry")
    return {"authorization": f"Bearer {api_key}"}
