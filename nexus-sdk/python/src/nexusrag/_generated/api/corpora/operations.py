from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import create_corpus as _create_corpus
from . import delete_corpus as _delete_corpus
from . import get_corpus as _get_corpus
from . import list_corpora as _list_corpora
from . import patch_corpus as _patch_corpus
from . import reindex_corpus as _reindex_corpus
from . import search_corpus as _search_corpus
from . import search_corpus_filtered as _search_corpus_filtered


class CorporaOperations:
    """The operations of `corpora`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_corpora(
        self,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeVecCorpus:
        """Lists the corpora of the tenant, oldest first.

        Args:
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_corpora.call(
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_corpora.parse, response)

    def iter_corpora(
        self,
        *,
        limit: int | Unset = 100,
    ) -> Iterator[models.Corpus]:
        """Lists the corpora of the tenant, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_corpora(
                limit=limit,
                cursor=cursor,
            )
            yield from page.data
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def create_corpus(
        self,
        *,
        body: CreateCorpus,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCorpus:
        """Makes a corpus. Without an id the server chooses one.

        Args:
            idempotency_key (str | Unset):
            body (CreateCorpus): Asks for a new corpus.
        """

        sent = _create_corpus.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_corpus.parse, response)

    def get_corpus(
        self,
        corpus_id: str,
    ) -> EnvelopeCorpus:
        """One corpus.

        Args:
            corpus_id (str):
        """

        sent = _get_corpus.call(
            corpus_id=corpus_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_corpus.parse, response)

    def delete_corpus(
        self,
        corpus_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a corpus that has no documents.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_corpus.call(
            corpus_id=corpus_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_delete_corpus.parse, response)

    def patch_corpus(
        self,
        corpus_id: str,
        *,
        body: PatchCorpus,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCorpus:
        """Changes the name or the retrieval routing of a corpus. What is not given stays.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
            body (PatchCorpus): Changes a corpus; absent fields stay as they are.
        """

        sent = _patch_corpus.call(
            corpus_id=corpus_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_corpus.parse, response)

    def reindex_corpus(
        self,
        corpus_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCorpusReindexed:
        """Processes every document of a corpus anew. Its passages are found until those that replace them are there; after a change
        of the embedding model they are not found until their document is done.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
        """

        sent = _reindex_corpus.call(
            corpus_id=corpus_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_reindex_corpus.parse, response)

    def search_corpus(
        self,
        corpus_id: str,
        *,
        query: str,
        top_k: int | Unset = UNSET,
    ) -> EnvelopeSearchResults:
        """Finds the passages that fit a question best, among those that the caller may read, without writing an answer.

        Args:
            corpus_id (str):
            query (str):
            top_k (int | Unset):
        """

        sent = _search_corpus.call(
            corpus_id=corpus_id,
            query=query,
            top_k=top_k,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_search_corpus.parse, response)

    def search_corpus_filtered(
        self,
        corpus_id: str,
        *,
        body: SearchRequest,
    ) -> EnvelopeSearchResults:
        """Finds the passages that fit a question best, among those that the caller may read and that pass a filter on labels and
        metadata, without writing an answer.

        Args:
            corpus_id (str):
            body (SearchRequest): Looks for passages of a corpus.
        """

        sent = _search_corpus_filtered.call(
            corpus_id=corpus_id,
            body=body,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_search_corpus_filtered.parse, response)


class AsyncCorporaOperations:
    """The operations of `corpora`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_corpora(
        self,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeVecCorpus:
        """Lists the corpora of the tenant, oldest first.

        Args:
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_corpora.call(
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_corpora.parse, response)

    async def iter_corpora(
        self,
        *,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.Corpus]:
        """Lists the corpora of the tenant, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_corpora(
                limit=limit,
                cursor=cursor,
            )
            for item in page.data:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def create_corpus(
        self,
        *,
        body: CreateCorpus,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCorpus:
        """Makes a corpus. Without an id the server chooses one.

        Args:
            idempotency_key (str | Unset):
            body (CreateCorpus): Asks for a new corpus.
        """

        sent = _create_corpus.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_corpus.parse, response)

    async def get_corpus(
        self,
        corpus_id: str,
    ) -> EnvelopeCorpus:
        """One corpus.

        Args:
            corpus_id (str):
        """

        sent = _get_corpus.call(
            corpus_id=corpus_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_corpus.parse, response)

    async def delete_corpus(
        self,
        corpus_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a corpus that has no documents.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_corpus.call(
            corpus_id=corpus_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_delete_corpus.parse, response)

    async def patch_corpus(
        self,
        corpus_id: str,
        *,
        body: PatchCorpus,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCorpus:
        """Changes the name or the retrieval routing of a corpus. What is not given stays.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
            body (PatchCorpus): Changes a corpus; absent fields stay as they are.
        """

        sent = _patch_corpus.call(
            corpus_id=corpus_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_corpus.parse, response)

    async def reindex_corpus(
        self,
        corpus_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeCorpusReindexed:
        """Processes every document of a corpus anew. Its passages are found until those that replace them are there; after a change
        of the embedding model they are not found until their document is done.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
        """

        sent = _reindex_corpus.call(
            corpus_id=corpus_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_reindex_corpus.parse, response)

    async def search_corpus(
        self,
        corpus_id: str,
        *,
        query: str,
        top_k: int | Unset = UNSET,
    ) -> EnvelopeSearchResults:
        """Finds the passages that fit a question best, among those that the caller may read, without writing an answer.

        Args:
            corpus_id (str):
            query (str):
            top_k (int | Unset):
        """

        sent = _search_corpus.call(
            corpus_id=corpus_id,
            query=query,
            top_k=top_k,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_search_corpus.parse, response)

    async def search_corpus_filtered(
        self,
        corpus_id: str,
        *,
        body: SearchRequest,
    ) -> EnvelopeSearchResults:
        """Finds the passages that fit a question best, among those that the caller may read and that pass a filter on labels and
        metadata, without writing an answer.

        Args:
            corpus_id (str):
            body (SearchRequest): Looks for passages of a corpus.
        """

        sent = _search_corpus_filtered.call(
            corpus_id=corpus_id,
            body=body,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_search_corpus_filtered.parse, response)
