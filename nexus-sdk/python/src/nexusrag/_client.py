"""The two clients: one that blocks, and one that does not."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import httpx

from ._core import AsyncCore, Core, Settings
from ._errors import IngestFailedError, WaitTimeoutError
from ._generated.models import (
    Document,
    DocumentAccepted,
    DocumentStatus,
    Health,
    TextDocument,
    TextDocumentMetadataJsonType0,
    UploadForm,
)
from ._generated.resources import AsyncResources, Resources
from ._generated.types import UNSET, File
from ._retry import RetryPolicy
from ._run import AsyncRunStream, RunStream, question

DEFAULT_BASE_URL = "http://127.0.0.1:8000"

#: The server sends a heartbeat after 10 quiet seconds: three of them may go missing.
DEFAULT_SILENCE = 35.0

Source = Path | bytes | BinaryIO


class Client(Resources):
    """Asks a NexusRAG server, and blocks until it answers. It may be shared between threads.

    Args:
        base_url: Where the server is, without `/v1`; a path before it, as behind a reverse proxy, is kept.
        api_key: The API key or session token to show.
        retry: How often and how patiently calls are repeated.
        timeout: How many seconds a call may be quiet.
        connect_timeout: How many seconds to wait for a connection.
        silence_timeout: How many seconds the stream of a run may be quiet before it counts as cut; more than three of
            the server's heartbeats.
        transport: What sends, in place of the network.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str | None = None,
        *,
        retry: RetryPolicy | None = None,
        timeout: float = 60.0,
        connect_timeout: float = 10.0,
        silence_timeout: float = DEFAULT_SILENCE,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        settings = Settings(base_url, api_key, retry or RetryPolicy(), timeout, connect_timeout, silence_timeout)
        self._core = Core(settings, transport)
        super().__init__(self._core)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._core.settings.base_url!r})"

    def close(self) -> None:
        """Closes the connections."""
        self._core.http.close()

    def run(
        self, *, session_id: str, corpus_id: str, message: str, top_k: int | None = None, audio: bool = False
    ) -> RunStream:
        """Asks a question of a corpus. Nothing is sent before the first event is asked for."""
        return RunStream(self._core, question(session_id, corpus_id, message, top_k, audio))

    def upload(
        self,
        corpus_id: str,
        source: Source,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        document_id: str | None = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
    ) -> DocumentAccepted:
        """Uploads a file. It is processed by a job: see `wait_for_document`."""
        with _Form(corpus_id, source, filename, content_type, document_id, overwrite) as form:
            return self.documents.upload_document(body=form, idempotency_key=idempotency_key or UNSET).data

    def ingest_text(
        self,
        corpus_id: str,
        text: str,
        *,
        document_id: str | None = None,
        filename: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
    ) -> DocumentAccepted:
        """Takes a text in. It is processed by a job: see `wait_for_document`."""
        body = _text(corpus_id, text, document_id, filename, metadata, overwrite)
        return self.documents.ingest_text(body=body, idempotency_key=idempotency_key or UNSET).data

    def wait_for_document(self, document_id: str, *, timeout: float = 300.0, poll: float = 0.25) -> Document:
        """Asks until a document is processed. Raises `IngestFailedError` when it could not be."""
        until = time.monotonic() + timeout
        while True:
            document = self.documents.get_document(document_id).data
            if _settled(document):
                return document
            _still(until, poll, document)
            time.sleep(poll)

    def health_health_get(self) -> Health:
        """The name under which older clients ask whether the server answers."""
        return self.health.get_health().data


class AsyncClient(AsyncResources):
    """Asks a NexusRAG server from asyncio. See `Client`."""

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str | None = None,
        *,
        retry: RetryPolicy | None = None,
        timeout: float = 60.0,
        connect_timeout: float = 10.0,
        silence_timeout: float = DEFAULT_SILENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        settings = Settings(base_url, api_key, retry or RetryPolicy(), timeout, connect_timeout, silence_timeout)
        self._core = AsyncCore(settings, transport)
        super().__init__(self._core)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"AsyncClient({self._core.settings.base_url!r})"

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._core.http.aclose()

    def run(
        self, *, session_id: str, corpus_id: str, message: str, top_k: int | None = None, audio: bool = False
    ) -> AsyncRunStream:
        """Asks a question of a corpus. Nothing is sent before the first event is asked for."""
        return AsyncRunStream(self._core, question(session_id, corpus_id, message, top_k, audio))

    async def upload(
        self,
        corpus_id: str,
        source: Source,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        document_id: str | None = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
    ) -> DocumentAccepted:
        """Uploads a file. It is processed by a job: see `wait_for_document`."""
        with _Form(corpus_id, source, filename, content_type, document_id, overwrite) as form:
            answer = await self.documents.upload_document(body=form, idempotency_key=idempotency_key or UNSET)
        return answer.data

    async def ingest_text(
        self,
        corpus_id: str,
        text: str,
        *,
        document_id: str | None = None,
        filename: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
    ) -> DocumentAccepted:
        """Takes a text in. It is processed by a job: see `wait_for_document`."""
        body = _text(corpus_id, text, document_id, filename, metadata, overwrite)
        answer = await self.documents.ingest_text(body=body, idempotency_key=idempotency_key or UNSET)
        return answer.data

    async def wait_for_document(self, document_id: str, *, timeout: float = 300.0, poll: float = 0.25) -> Document:
        """Asks until a document is processed. Raises `IngestFailedError` when it could not be."""
        until = time.monotonic() + timeout
        while True:
            document = (await self.documents.get_document(document_id)).data
            if _settled(document):
                return document
            _still(until, poll, document)
            await asyncio.sleep(poll)

    async def health_health_get(self) -> Health:
        """The name under which older clients ask whether the server answers."""
        return (await self.health.get_health()).data


def create_client(api_key: str | None = None, base_url: str = DEFAULT_BASE_URL) -> Client:
    """A client that blocks, with everything else as it is by default."""
    return Client(base_url, api_key)


class _Form:
    """A form with a file; a file that is opened for it is closed after it."""

    def __init__(
        self,
        corpus_id: str,
        source: Source,
        filename: str | None,
        content_type: str | None,
        document_id: str | None,
        overwrite: bool,
    ) -> None:
        self._opened: BinaryIO | None = None
        if isinstance(source, Path):
            payload: BinaryIO = source.open("rb")
            self._opened = payload
            filename = filename or source.name
        else:
            payload = io.BytesIO(source) if isinstance(source, bytes) else source
        filename = filename or "document"
        content_type = content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        self._form = UploadForm(
            corpus_id=corpus_id,
            file=File(payload=payload, file_name=filename, mime_type=content_type),
            document_id=document_id or UNSET,
            overwrite=overwrite,
        )

    def __enter__(self) -> UploadForm:
        return self._form

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()


def _text(
    corpus_id: str,
    text: str,
    document_id: str | None,
    filename: str | None,
    metadata: Mapping[str, Any] | None,
    overwrite: bool,
) -> TextDocument:
    return TextDocument(
        corpus_id=corpus_id,
        text=text,
        document_id=document_id or UNSET,
        filename=filename or UNSET,
        metadata_json=TextDocumentMetadataJsonType0.from_dict(metadata) if metadata is not None else UNSET,
        overwrite=overwrite,
    )


def _settled(document: Document) -> bool:
    if document.status == DocumentStatus.FAILED:
        raise IngestFailedError(document.id, document.failure_reason or "no reason was given")
    return document.status == DocumentStatus.SUCCEEDED


def _still(until: float, poll: float, document: Document) -> None:
    if time.monotonic() + poll > until:
        raise WaitTimeoutError(f"document {document.id} is still {document.status}")
