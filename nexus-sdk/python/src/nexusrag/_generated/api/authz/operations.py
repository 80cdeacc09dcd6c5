from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...._core import AsyncCore, Core, decoded
from ... import models
from ...models import *
from ...types import UNSET, Unset
from . import create_global_policy as _create_global_policy
from . import create_policy as _create_policy
from . import delete_global_policy as _delete_global_policy
from . import delete_policy as _delete_policy
from . import disable_global_policy as _disable_global_policy
from . import disable_policy as _disable_policy
from . import enable_global_policy as _enable_global_policy
from . import enable_policy as _enable_policy
from . import get_document_labels as _get_document_labels
from . import get_policy as _get_policy
from . import grant_corpus_permission as _grant_corpus_permission
from . import grant_corpus_permissions as _grant_corpus_permissions
from . import grant_document_permission as _grant_document_permission
from . import grant_document_permissions as _grant_document_permissions
from . import list_corpus_permissions as _list_corpus_permissions
from . import list_document_permissions as _list_document_permissions
from . import list_document_readers as _list_document_readers
from . import list_policies as _list_policies
from . import list_principal_permissions as _list_principal_permissions
from . import list_readable_documents as _list_readable_documents
from . import patch_corpus_permission as _patch_corpus_permission
from . import patch_document_permission as _patch_document_permission
from . import patch_global_policy as _patch_global_policy
from . import patch_policy as _patch_policy
from . import put_document_labels as _put_document_labels
from . import revoke_corpus_permission as _revoke_corpus_permission
from . import revoke_document_permission as _revoke_document_permission
from . import simulate_draft_policy as _simulate_draft_policy
from . import simulate_policy as _simulate_policy


class AuthzOperations:
    """The operations of `authz`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_corpus_permissions(
        self,
        corpus_id: str,
    ) -> EnvelopeGrantList:
        """Lists the grants on a corpus, expired ones too.

        Args:
            corpus_id (str):
        """

        sent = _list_corpus_permissions.call(
            corpus_id=corpus_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_corpus_permissions.parse, response)

    def grant_corpus_permission(
        self,
        corpus_id: str,
        *,
        body: CreateGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Grants a permission on every document of a corpus, those to come included. Granting it again moves its end, also when it had expired.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
            body (CreateGrant): Asks for a grant on the document or the corpus in the path.
        """

        sent = _grant_corpus_permission.call(
            corpus_id=corpus_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_grant_corpus_permission.parse, response)

    def grant_corpus_permissions(
        self,
        corpus_id: str,
        *,
        body: CreateGrants,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrantList:
        """Grants many permissions at once, all or none. The answer names those that are new or renewed.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
            body (CreateGrants): Asks for several grants on the document or the corpus in the path.
        """

        sent = _grant_corpus_permissions.call(
            corpus_id=corpus_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_grant_corpus_permissions.parse, response)

    def revoke_corpus_permission(
        self,
        corpus_id: str,
        permission_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Takes a grant back. It counts from the next request on.

        Args:
            corpus_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
        """

        sent = _revoke_corpus_permission.call(
            corpus_id=corpus_id,
            permission_id=permission_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_revoke_corpus_permission.parse, response)

    def patch_corpus_permission(
        self,
        corpus_id: str,
        permission_id: str,
        *,
        body: PatchGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Moves the end of a grant; null lets it last.

        Args:
            corpus_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
            body (PatchGrant): Changes a grant; an absent field stays as it is.
        """

        sent = _patch_corpus_permission.call(
            corpus_id=corpus_id,
            permission_id=permission_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_corpus_permission.parse, response)

    def get_document_labels(
        self,
        document_id: str,
    ) -> EnvelopeLabels:
        """The labels of a document.

        Args:
            document_id (str):
        """

        sent = _get_document_labels.call(
            document_id=document_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_document_labels.parse, response)

    def put_document_labels(
        self,
        document_id: str,
        *,
        body: Labels,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeLabels:
        """Replaces all labels of a document. Policies read the new ones from the next request on.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (Labels): The labels of a document, all of them.
        """

        sent = _put_document_labels.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_put_document_labels.parse, response)

    def list_document_permissions(
        self,
        document_id: str,
    ) -> EnvelopeGrantList:
        """Lists the grants on a document, expired ones too.

        Args:
            document_id (str):
        """

        sent = _list_document_permissions.call(
            document_id=document_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_document_permissions.parse, response)

    def grant_document_permission(
        self,
        document_id: str,
        *,
        body: CreateGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Grants a permission. Granting it again moves its end, also when it had expired.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (CreateGrant): Asks for a grant on the document or the corpus in the path.
        """

        sent = _grant_document_permission.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_grant_document_permission.parse, response)

    def grant_document_permissions(
        self,
        document_id: str,
        *,
        body: CreateGrants,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrantList:
        """Grants many permissions at once, all or none. The answer names those that are new or renewed.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (CreateGrants): Asks for several grants on the document or the corpus in the path.
        """

        sent = _grant_document_permissions.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_grant_document_permissions.parse, response)

    def revoke_document_permission(
        self,
        document_id: str,
        permission_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Takes a grant back. It counts from the next request on.

        Args:
            document_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
        """

        sent = _revoke_document_permission.call(
            document_id=document_id,
            permission_id=permission_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_revoke_document_permission.parse, response)

    def patch_document_permission(
        self,
        document_id: str,
        permission_id: str,
        *,
        body: PatchGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Moves the end of a grant; null lets it last.

        Args:
            document_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
            body (PatchGrant): Changes a grant; an absent field stays as it is.
        """

        sent = _patch_document_permission.call(
            document_id=document_id,
            permission_id=permission_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_document_permission.parse, response)

    def list_document_readers(
        self,
        document_id: str,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeReaderList:
        """Lists the users who can read a document, each with the grants and the policy that say so. The pages go over all users
        of the tenant, so that one may be empty before the last.

        Args:
            document_id (str):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_document_readers.call(
            document_id=document_id,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_document_readers.parse, response)

    def iter_document_readers(
        self,
        document_id: str,
        *,
        limit: int | Unset = 100,
    ) -> Iterator[models.Reader]:
        """Lists the users who can read a document, each with the grants and the policy that say so. The pages go over all users
        of the tenant, so that one may be empty before the last. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_document_readers(
                document_id,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def create_global_policy(
        self,
        *,
        body: CreatePolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Makes a policy that binds every tenant.

        Args:
            idempotency_key (str | Unset):
            body (CreatePolicy): Asks for a new policy.
        """

        sent = _create_global_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_global_policy.parse, response)

    def delete_global_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a global policy.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_global_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_delete_global_policy.parse, response)

    def patch_global_policy(
        self,
        policy_id: str,
        *,
        body: PatchPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Changes a global policy. What is not given stays; every change makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchPolicy): Changes a policy; absent fields stay as they are, and none may be
                null.
        """

        sent = _patch_global_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_global_policy.parse, response)

    def disable_global_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a global policy off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_global_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_disable_global_policy.parse, response)

    def enable_global_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a global policy on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_global_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_enable_global_policy.parse, response)

    def list_policies(
        self,
        *,
        include_global: bool | Unset = True,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopePolicyList:
        """Lists the policies that bind the tenant, highest priority first.

        Args:
            include_global (bool | Unset):  Default: True.
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_policies.call(
            include_global=include_global,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_policies.parse, response)

    def iter_policies(
        self,
        *,
        include_global: bool | Unset = True,
        limit: int | Unset = 100,
    ) -> Iterator[models.Policy]:
        """Lists the policies that bind the tenant, highest priority first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_policies(
                include_global=include_global,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def create_policy(
        self,
        *,
        body: CreatePolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Makes a policy of the tenant.

        Args:
            idempotency_key (str | Unset):
            body (CreatePolicy): Asks for a new policy.
        """

        sent = _create_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_create_policy.parse, response)

    def get_policy(
        self,
        policy_id: str,
    ) -> EnvelopePolicy:
        """One policy that binds the tenant.

        Args:
            policy_id (str):
        """

        sent = _get_policy.call(
            policy_id=policy_id,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_get_policy.parse, response)

    def delete_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a policy of the tenant.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_delete_policy.parse, response)

    def patch_policy(
        self,
        policy_id: str,
        *,
        body: PatchPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Changes a policy of the tenant. What is not given stays; every change makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchPolicy): Changes a policy; absent fields stay as they are, and none may be
                null.
        """

        sent = _patch_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_patch_policy.parse, response)

    def disable_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a policy of the tenant off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_disable_policy.parse, response)

    def enable_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a policy of the tenant on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = self._core.send(sent, changes=True)
        return decoded(_enable_policy.parse, response)

    def simulate_policy(
        self,
        policy_id: str,
        *,
        body: SimulateRequest,
    ) -> EnvelopeSimulation:
        """Tells what would be decided if a policy counted, as it is or as a draft of it says.

        Args:
            policy_id (str):
            body (SimulateRequest): Asks what would be decided if a policy counted, or if it said
                something else.
        """

        sent = _simulate_policy.call(
            policy_id=policy_id,
            body=body,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_simulate_policy.parse, response)

    def list_readable_documents(
        self,
        user_id: str,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeReadableList:
        """Lists the documents that a user can read, oldest first.

        Args:
            user_id (str):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_readable_documents.call(
            user_id=user_id,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_readable_documents.parse, response)

    def iter_readable_documents(
        self,
        user_id: str,
        *,
        limit: int | Unset = 100,
    ) -> Iterator[models.ReadableDocument]:
        """Lists the documents that a user can read, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_readable_documents(
                user_id,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def list_principal_permissions(
        self,
        principal_type: str,
        principal_id: str,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeGrantList:
        """Lists the grants that name a principal, on documents and on corpora, ended ones too, oldest first.

        Args:
            principal_type (str):
            principal_id (str):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_principal_permissions.call(
            principal_type=principal_type,
            principal_id=principal_id,
            limit=limit,
            cursor=cursor,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_list_principal_permissions.parse, response)

    def iter_principal_permissions(
        self,
        principal_type: str,
        principal_id: str,
        *,
        limit: int | Unset = 100,
    ) -> Iterator[models.Grant]:
        """Lists the grants that name a principal, on documents and on corpora, ended ones too, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = self.list_principal_permissions(
                principal_type,
                principal_id,
                limit=limit,
                cursor=cursor,
            )
            yield from page.data.items
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    def simulate_draft_policy(
        self,
        *,
        body: SimulateDraftRequest,
    ) -> EnvelopeSimulation:
        """Tells what would be decided if there were one policy more.

        Args:
            body (SimulateDraftRequest): Asks what would be decided if there were one policy more.
        """

        sent = _simulate_draft_policy.call(
            body=body,
        )
        response = self._core.send(sent, changes=False)
        return decoded(_simulate_draft_policy.parse, response)


class AsyncAuthzOperations:
    """The operations of `authz`."""

    def __init__(self, core: AsyncCore) -> None:
        self._core = core

    async def list_corpus_permissions(
        self,
        corpus_id: str,
    ) -> EnvelopeGrantList:
        """Lists the grants on a corpus, expired ones too.

        Args:
            corpus_id (str):
        """

        sent = _list_corpus_permissions.call(
            corpus_id=corpus_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_corpus_permissions.parse, response)

    async def grant_corpus_permission(
        self,
        corpus_id: str,
        *,
        body: CreateGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Grants a permission on every document of a corpus, those to come included. Granting it again moves its end, also when it had expired.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
            body (CreateGrant): Asks for a grant on the document or the corpus in the path.
        """

        sent = _grant_corpus_permission.call(
            corpus_id=corpus_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_grant_corpus_permission.parse, response)

    async def grant_corpus_permissions(
        self,
        corpus_id: str,
        *,
        body: CreateGrants,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrantList:
        """Grants many permissions at once, all or none. The answer names those that are new or renewed.

        Args:
            corpus_id (str):
            idempotency_key (str | Unset):
            body (CreateGrants): Asks for several grants on the document or the corpus in the path.
        """

        sent = _grant_corpus_permissions.call(
            corpus_id=corpus_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_grant_corpus_permissions.parse, response)

    async def revoke_corpus_permission(
        self,
        corpus_id: str,
        permission_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Takes a grant back. It counts from the next request on.

        Args:
            corpus_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
        """

        sent = _revoke_corpus_permission.call(
            corpus_id=corpus_id,
            permission_id=permission_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_revoke_corpus_permission.parse, response)

    async def patch_corpus_permission(
        self,
        corpus_id: str,
        permission_id: str,
        *,
        body: PatchGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Moves the end of a grant; null lets it last.

        Args:
            corpus_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
            body (PatchGrant): Changes a grant; an absent field stays as it is.
        """

        sent = _patch_corpus_permission.call(
            corpus_id=corpus_id,
            permission_id=permission_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_corpus_permission.parse, response)

    async def get_document_labels(
        self,
        document_id: str,
    ) -> EnvelopeLabels:
        """The labels of a document.

        Args:
            document_id (str):
        """

        sent = _get_document_labels.call(
            document_id=document_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_document_labels.parse, response)

    async def put_document_labels(
        self,
        document_id: str,
        *,
        body: Labels,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeLabels:
        """Replaces all labels of a document. Policies read the new ones from the next request on.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (Labels): The labels of a document, all of them.
        """

        sent = _put_document_labels.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_put_document_labels.parse, response)

    async def list_document_permissions(
        self,
        document_id: str,
    ) -> EnvelopeGrantList:
        """Lists the grants on a document, expired ones too.

        Args:
            document_id (str):
        """

        sent = _list_document_permissions.call(
            document_id=document_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_document_permissions.parse, response)

    async def grant_document_permission(
        self,
        document_id: str,
        *,
        body: CreateGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Grants a permission. Granting it again moves its end, also when it had expired.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (CreateGrant): Asks for a grant on the document or the corpus in the path.
        """

        sent = _grant_document_permission.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_grant_document_permission.parse, response)

    async def grant_document_permissions(
        self,
        document_id: str,
        *,
        body: CreateGrants,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrantList:
        """Grants many permissions at once, all or none. The answer names those that are new or renewed.

        Args:
            document_id (str):
            idempotency_key (str | Unset):
            body (CreateGrants): Asks for several grants on the document or the corpus in the path.
        """

        sent = _grant_document_permissions.call(
            document_id=document_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_grant_document_permissions.parse, response)

    async def revoke_document_permission(
        self,
        document_id: str,
        permission_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Takes a grant back. It counts from the next request on.

        Args:
            document_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
        """

        sent = _revoke_document_permission.call(
            document_id=document_id,
            permission_id=permission_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_revoke_document_permission.parse, response)

    async def patch_document_permission(
        self,
        document_id: str,
        permission_id: str,
        *,
        body: PatchGrant,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopeGrant:
        """Moves the end of a grant; null lets it last.

        Args:
            document_id (str):
            permission_id (str):
            idempotency_key (str | Unset):
            body (PatchGrant): Changes a grant; an absent field stays as it is.
        """

        sent = _patch_document_permission.call(
            document_id=document_id,
            permission_id=permission_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_document_permission.parse, response)

    async def list_document_readers(
        self,
        document_id: str,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeReaderList:
        """Lists the users who can read a document, each with the grants and the policy that say so. The pages go over all users
        of the tenant, so that one may be empty before the last.

        Args:
            document_id (str):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_document_readers.call(
            document_id=document_id,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_document_readers.parse, response)

    async def iter_document_readers(
        self,
        document_id: str,
        *,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.Reader]:
        """Lists the users who can read a document, each with the grants and the policy that say so. The pages go over all users
        of the tenant, so that one may be empty before the last. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_document_readers(
                document_id,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def create_global_policy(
        self,
        *,
        body: CreatePolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Makes a policy that binds every tenant.

        Args:
            idempotency_key (str | Unset):
            body (CreatePolicy): Asks for a new policy.
        """

        sent = _create_global_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_global_policy.parse, response)

    async def delete_global_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a global policy.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_global_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_delete_global_policy.parse, response)

    async def patch_global_policy(
        self,
        policy_id: str,
        *,
        body: PatchPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Changes a global policy. What is not given stays; every change makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchPolicy): Changes a policy; absent fields stay as they are, and none may be
                null.
        """

        sent = _patch_global_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_global_policy.parse, response)

    async def disable_global_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a global policy off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_global_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_disable_global_policy.parse, response)

    async def enable_global_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a global policy on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_global_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_enable_global_policy.parse, response)

    async def list_policies(
        self,
        *,
        include_global: bool | Unset = True,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopePolicyList:
        """Lists the policies that bind the tenant, highest priority first.

        Args:
            include_global (bool | Unset):  Default: True.
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_policies.call(
            include_global=include_global,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_policies.parse, response)

    async def iter_policies(
        self,
        *,
        include_global: bool | Unset = True,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.Policy]:
        """Lists the policies that bind the tenant, highest priority first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_policies(
                include_global=include_global,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def create_policy(
        self,
        *,
        body: CreatePolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Makes a policy of the tenant.

        Args:
            idempotency_key (str | Unset):
            body (CreatePolicy): Asks for a new policy.
        """

        sent = _create_policy.call(
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_create_policy.parse, response)

    async def get_policy(
        self,
        policy_id: str,
    ) -> EnvelopePolicy:
        """One policy that binds the tenant.

        Args:
            policy_id (str):
        """

        sent = _get_policy.call(
            policy_id=policy_id,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_get_policy.parse, response)

    async def delete_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> None:
        """Deletes a policy of the tenant.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _delete_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_delete_policy.parse, response)

    async def patch_policy(
        self,
        policy_id: str,
        *,
        body: PatchPolicy,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Changes a policy of the tenant. What is not given stays; every change makes a new version.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
            body (PatchPolicy): Changes a policy; absent fields stay as they are, and none may be
                null.
        """

        sent = _patch_policy.call(
            policy_id=policy_id,
            body=body,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_patch_policy.parse, response)

    async def disable_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a policy of the tenant off. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _disable_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_disable_policy.parse, response)

    async def enable_policy(
        self,
        policy_id: str,
        *,
        idempotency_key: str | Unset = UNSET,
    ) -> EnvelopePolicy:
        """Switches a policy of the tenant on. Its version stays.

        Args:
            policy_id (str):
            idempotency_key (str | Unset):
        """

        sent = _enable_policy.call(
            policy_id=policy_id,
            idempotency_key=idempotency_key,
        )
        response = await self._core.send(sent, changes=True)
        return decoded(_enable_policy.parse, response)

    async def simulate_policy(
        self,
        policy_id: str,
        *,
        body: SimulateRequest,
    ) -> EnvelopeSimulation:
        """Tells what would be decided if a policy counted, as it is or as a draft of it says.

        Args:
            policy_id (str):
            body (SimulateRequest): Asks what would be decided if a policy counted, or if it said
                something else.
        """

        sent = _simulate_policy.call(
            policy_id=policy_id,
            body=body,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_simulate_policy.parse, response)

    async def list_readable_documents(
        self,
        user_id: str,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeReadableList:
        """Lists the documents that a user can read, oldest first.

        Args:
            user_id (str):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_readable_documents.call(
            user_id=user_id,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_readable_documents.parse, response)

    async def iter_readable_documents(
        self,
        user_id: str,
        *,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.ReadableDocument]:
        """Lists the documents that a user can read, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_readable_documents(
                user_id,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def list_principal_permissions(
        self,
        principal_type: str,
        principal_id: str,
        *,
        limit: int | Unset = 100,
        cursor: str | Unset = UNSET,
    ) -> EnvelopeGrantList:
        """Lists the grants that name a principal, on documents and on corpora, ended ones too, oldest first.

        Args:
            principal_type (str):
            principal_id (str):
            limit (int | Unset):  Default: 100.
            cursor (str | Unset):
        """

        sent = _list_principal_permissions.call(
            principal_type=principal_type,
            principal_id=principal_id,
            limit=limit,
            cursor=cursor,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_list_principal_permissions.parse, response)

    async def iter_principal_permissions(
        self,
        principal_type: str,
        principal_id: str,
        *,
        limit: int | Unset = 100,
    ) -> AsyncIterator[models.Grant]:
        """Lists the grants that name a principal, on documents and on corpora, ended ones too, oldest first. Asks for page after page as it is read; `limit` is the size of a page."""
        cursor: str | Unset = UNSET
        while True:
            page = await self.list_principal_permissions(
                principal_type,
                principal_id,
                limit=limit,
                cursor=cursor,
            )
            for item in page.data.items:
                yield item
            following = page.meta.next_cursor
            if not following:
                return
            cursor = following

    async def simulate_draft_policy(
        self,
        *,
        body: SimulateDraftRequest,
    ) -> EnvelopeSimulation:
        """Tells what would be decided if there were one policy more.

        Args:
            body (SimulateDraftRequest): Asks what would be decided if there were one policy more.
        """

        sent = _simulate_draft_policy.call(
            body=body,
        )
        response = await self._core.send(sent, changes=False)
        return decoded(_simulate_draft_policy.parse, response)
