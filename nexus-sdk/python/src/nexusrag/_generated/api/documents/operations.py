from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import create_import as _create_import
from . import delete_document as _delete_document
from . import get_document as _get_document
from . import get_document_text as _get_document_text
from . import get_import as _get_import
from . import ingest_text as _ingest_text
from . import list_documents as _list_documents
from . import patch_document as _patch_document
from . import reindex_document as _reindex_document
from . import upload_document as _upload_document


class DocumentsOperations:
    """The operations of `documents`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_documents(
        self,
        *,
        corpus_id: str | Unset = UNSET,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeVecDocument:
        """Lists the documents that the caller may read, oldest first.

        Args:
            corpus_id (str | Unset):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_documents.call(
            corpus_id=corpus_id,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_documents.parse, response)

    def iter_documents(
        self,
        *,
        corpus_id: str | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> Iterator[models.Document]:
        """Lists the documents that the caller may read, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_documents(
                corpus_id=corpus_id,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def upload_document(
        self,
        *,
        body: UploadForm,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocumentAccepted:
        """Uploads a document. It is processed by a job; poll `status_url`.

        Args:
            idempotency_key (str | Unset):
            body (UploadForm): A file with its corpus.
        """

        sent = _upload_document.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_upload_document.parse, response)

    def ingest_text(
        self,
        *,
        body: TextDocument,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocumentAccepted:
        """Ingests a text. With a `document_id` the call can be repeated: a document that is there stays unless `overwrite` is set.

        Args:
            idempotency_key (str | Unset):
            body (TextDocument): Asks for a text to be ingested as a document.
        """

        sent = _ingest_text.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_ingest_text.parse, response)

    def get_document(
        self,
        document_id: str,
    ) -> EnvelopeDocument:
        """One document.

        Args:
            document_id (str):
        """

        sent = _get_document.call(
            document_id=document_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_document.parse, response)

    def delete_document(
        self,
        document_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a document with its chunks and grants.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_document.call(
            document_id=document_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_delete_document.parse, response)

    def patch_document(
        self,
        document_id: str,
        *,
        body: PatchDocument,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocument:
        """Changes the name, the metadata or the labels of a document. What is not given stays.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (PatchDocument): Changes what is stored with a document; absent fields stay as they
                are.
        """

        sent = _patch_document.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_document.parse, response)

    def reindex_document(
        self,
        document_id: str,
        *,
        body: None | ReindexRequest | Unset = UNSET,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocumentAccepted:
        """Processes a document anew from its stored source.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (None | ReindexRequest | Unset):
        """

        sent = _reindex_document.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_reindex_document.parse, response)

    def get_document_text(
        self,
        document_id: str,
        *,
        start: int | Unset = 0,
        end: int | Unset = UNSET,
    ) -> EnvelopeDocumentText:
        """The stored text between two offsets: the quote of a citation is exactly what stands here.

        Args:
            document_id (str):
            start (int | Unset):  Default: 0.
            end (int | Unset):
        """

        sent = _get_document_text.call(
            document_id=document_id,
            start=start,
            end=end,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_document_text.parse, response)

    def create_import(
        self,
        *,
        body: CreateImport,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeImport:
        """Begins an import. A job does it; poll the import.

        Args:
            idempotency_key (str | Unset):
            body (CreateImport): Asks the server to take every file of a source into a corpus.
        """

        sent = _create_import.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_import.parse, response)

    def get_import(
        self,
        import_id: str,
    ) -> EnvelopeImport:
        """One import of the caller, with how far it got. Administrators see those of everybody.

        Args:
            import_id (str):
        """

        sent = _get_import.call(
            import_id=import_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_import.parse, response)


class AsyncDocumentsOperations:
    """The operations of `documents`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_documents(
        self,
        *,
        corpus_id: str | Unset = UNSET,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeVecDocument:
        """Lists the documents that the caller may read, oldest first.

        Args:
            corpus_id (str | Unset):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_documents.call(
            corpus_id=corpus_id,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_documents.parse, response)

    async def iter_documents(
        self,
        *,
        corpus_id: str | Unset = UNSET,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.Document]:
        """Lists the documents that the caller may read, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_documents(
                corpus_id=corpus_id,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def upload_document(
        self,
        *,
        body: UploadForm,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocumentAccepted:
        """Uploads a document. It is processed by a job; poll `status_url`.

        Args:
            idempotency_key (str | Unset):
            body (UploadForm): A file with its corpus.
        """

        sent = _upload_document.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_upload_document.parse, response)

    async def ingest_text(
        self,
        *,
        body: TextDocument,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocumentAccepted:
        """Ingests a text. With a `document_id` the call can be repeated: a document that is there stays unless `overwrite` is set.

        Args:
            idempotency_key (str | Unset):
            body (TextDocument): Asks for a text to be ingested as a document.
        """

        sent = _ingest_text.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_ingest_text.parse, response)

    async def get_document(
        self,
        document_id: str,
    ) -> EnvelopeDocument:
        """One document.

        Args:
            document_id (str):
        """

        sent = _get_document.call(
            document_id=document_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_document.parse, response)

    async def delete_document(
        self,
        document_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a document with its chunks and grants.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_document.call(
            document_id=document_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_delete_document.parse, response)

    async def patch_document(
        self,
        document_id: str,
        *,
        body: PatchDocument,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocument:
        """Changes the name, the metadata or the labels of a document. What is not given stays.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (PatchDocument): Changes what is stored with a document; absent fields stay as they
                are.
        """

        sent = _patch_document.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_document.parse, response)

    async def reindex_document(
        self,
        document_id: str,
        *,
        body: None | ReindexRequest | Unset = UNSET,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeDocumentAccepted:
        """Processes a document anew from its stored source.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (None | ReindexRequest | Unset):
        """

        sent = _reindex_document.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_reindex_document.parse, response)

    async def get_document_text(
        self,
        document_id: str,
        *,
        start: int | Unset = 0,
        end: int | Unset = UNSET,
    ) -> EnvelopeDocumentText:
        """The stored text between two offsets: the quote of a citation is exactly what stands here.

        Args:
            document_id (str):
            start (int | Unset):  Default: 0.
            end (int | Unset):
        """

        sent = _get_document_text.call(
            document_id=document_id,
            start=start,
            end=end,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_document_text.parse, response)

    async def create_import(
        self,
        *,
        body: CreateImport,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeImport:
        """Begins an import. A job does it; poll the import.

        Args:
            idempotency_key (str | Unset):
            body (CreateImport): Asks the server to take every file of a source into a corpus.
        """

        sent = _create_import.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_import.parse, response)

    async def get_import(
        self,
        import_id: str,
    ) -> EnvelopeImport:
        """One import of the caller, with how far it got. Administrators see those of everybody.

        Args:
            import_id (str):
        """

        sent = _get_import.call(
            import_id=import_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_import.parse, response)
