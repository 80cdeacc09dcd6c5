from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from nexusrag import Client, RetryPolicy
from nexusrag.models import CreateCorpus, CreateGrant, Permission, PrincipalType


@dataclass(frozen=True)
class Server:
    """The real server, beside which `scripts/with-server.py` runs the tests."""

    url: str
    model: str
    keys: dict[str, str]

    def answers(self) -> dict[str, int]:
        """How many answers the model began, finished and dropped."""
        with urllib.request.urlopen(self.model) as response:
            counts: dict[str, int] = json.load(response)
            return counts


@pytest.fixture(scope="session")
def server() -> Server:
    told = os.environ.get("NEXUS_TEST_SERVER")
    if not told:
        pytest.fail("run the tests beside a server: scripts/with-server.py pytest nexus-sdk/python")
    return Server(**json.loads(told))


@pytest.fixture
def client(server: Server) -> Callable[..., Client]:
    """A client of a role that waits next to nothing between attempts."""

    def make(role: str = "editor", url: str | None = None, retry: RetryPolicy | None = None) -> Client:
        return Client(url or server.url, server.keys[role], retry=retry or RetryPolicy(base=0.01))

    return make


@pytest.fixture(scope="session")
def corpus(server: Server) -> str:
    """A corpus with a document that the reader may read as well."""
    name = f"c-{uuid4()}"
    with Client(server.url, server.keys["editor"]) as editor:
        editor.corpora.create_corpus(body=CreateCorpus(id=name, name="Handbook"))
        accepted = editor.ingest_text(name, "Routine changes need a second pair of eyes.", filename="changes.md")
        editor.wait_for_document(accepted.document_id, timeout=60)
    with Client(server.url, server.keys["admin"]) as admin:
        grant = CreateGrant(principal_type=PrincipalType.ROLE, principal_id="reader", permission=Permission.READ)
        admin.authz.grant_document_permission(accepted.document_id, body=grant)
    return name
