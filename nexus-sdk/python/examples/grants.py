"""Lets a user read every document of a corpus, and shows who may read one of them.

NEXUSRAG_API_KEY=… python grants.py handbook bob      (as an admin)
"""

from __future__ import annotations

import os
import sys

from nexusrag import Client, ConflictError
from nexusrag.models import CreateGrant, Permission, PrincipalType


def main(corpus: str, user: str) -> int:
    url = os.environ.get("NEXUSRAG_URL", "http://127.0.0.1:8000")
    with Client(url, os.environ["NEXUSRAG_API_KEY"]) as client:
        grant = CreateGrant(principal_type=PrincipalType.USER, principal_id=user, permission=Permission.READ)
        try:
            print(client.authz.grant_corpus_permission(corpus, body=grant).data.id)
        except ConflictError as error:
            print(error.code, error.message, error.request_id, file=sys.stderr)
        for document in client.documents.iter_documents(corpus_id=corpus):
            readers = client.authz.iter_document_readers(document.id)
            print(document.id, [reader.user_id for reader in readers])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
