"""What a program does with a client, on the real server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from nexusrag import (
    AsyncClient,
    AuthenticationError,
    Client,
    ConflictError,
    IngestFailedError,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitedError,
    RetryPolicy,
    RunFailedError,
    UnavailableError,
    create_client,
)
from nexusrag.events import MessageFinal, RequestAccepted, TokenDelta
from nexusrag.models import (
    CreateCorpus,
    CreatePrice,
    PatchCostBudget,
    PatchKillSwitches,
    PatchKillSwitchesKillSwitches,
    PatchQuota,
    SearchRequest,
)

from .conftest import Server

Make = Callable[..., Client]
NEVER = RetryPolicy.never()


def session() -> str:
    return f"s-{uuid4()}"


def test_from_nothing_to_an_answer(client: Make, tmp_path: Path) -> None:
    name = f"c-{uuid4()}"
    with client() as editor:
        assert editor.corpora.create_corpus(body=CreateCorpus(id=name, name="Handbook")).data.id == name
        path = tmp_path / "changes.md"
        path.write_text("# Changes\n\nRoutine changes need a second pair of eyes.\n")
        accepted = editor.upload(name, path, document_id=f"d-{uuid4()}")
        document = editor.wait_for_document(accepted.document_id, timeout=60)
        assert (document.filename, document.status) == ("changes.md", "succeeded")
        assert name in [corpus.id for corpus in editor.corpora.iter_corpora(limit=1)]
        assert [found.id for found in editor.documents.iter_documents(corpus_id=name)] == [accepted.document_id]
        found = editor.corpora.search_corpus_filtered(name, body=SearchRequest(query="second pair of eyes"))
        assert found.data.items

        events = list(editor.run(session_id=session(), corpus_id=name, message="say 4 words"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert isinstance(events[0].data, RequestAccepted)
    assert events[-1].type == "done"
    deltas = "".join(event.data.delta for event in events if isinstance(event.data, TokenDelta))
    final = next(event.data for event in events if isinstance(event.data, MessageFinal))
    assert final.text == deltas == "word1 word2 word3 word4 "


def test_an_answer_alone(client: Make, corpus: str) -> None:
    with client("reader") as reader:
        answer = reader.run(session_id=session(), corpus_id=corpus, message="say 2 words", top_k=3).answer()
        assert answer.text == "word1 word2 "
        with pytest.raises((RunFailedError, NotFoundError)):
            reader.run(session_id=session(), corpus_id="nothing", message="say 2 words").answer()


def test_the_names_of_older_clients(server: Server) -> None:
    api = create_client(api_key=server.keys["reader"], base_url=server.url)
    assert api.health_health_get().status == "ok"


def test_a_repeated_change_happens_once(client: Make) -> None:
    name, key = f"c-{uuid4()}", str(uuid4())
    with client() as editor:
        body = CreateCorpus(id=name, name="Once")
        first = editor.corpora.create_corpus(body=body, idempotency_key=key)
        assert editor.corpora.create_corpus(body=body, idempotency_key=key).data == first.data
        # 409 without an end in sight is told at once.
        with pytest.raises(ConflictError) as caught:
            editor.corpora.create_corpus(body=body)
        assert caught.value.code == "CONFLICT"
        with client("admin") as admin:
            admin.corpora.delete_corpus(name)
        with pytest.raises(NotFoundError):
            editor.corpora.get_corpus(name)


def test_refusals_have_a_class_a_code_and_the_id_of_the_request(server: Server, client: Make, corpus: str) -> None:
    with Client(server.url, "nrgk_nobody") as nobody, pytest.raises(AuthenticationError) as unknown:
        nobody.corpora.list_corpora()
    assert (unknown.value.status, unknown.value.code) == (401, "AUTH_UNAUTHORIZED")
    assert unknown.value.request_id
    with client("reader") as reader:
        with pytest.raises(PermissionDeniedError) as denied:
            reader.corpora.create_corpus(body=CreateCorpus(name="Mine"))
        assert denied.value.details
        with pytest.raises(InvalidRequestError) as invalid:
            reader.run(session_id=session(), corpus_id=corpus, message="").answer()
        assert invalid.value.status == 422
        assert invalid.value.details
        with pytest.raises(InvalidRequestError) as cursor:
            reader.corpora.list_corpora(cursor="nonsense")
        assert cursor.value.code == "INVALID_CURSOR"


def test_a_quota_that_is_used_up(client: Make) -> None:
    with client("operator") as operator, client("poor") as poor:
        name = f"c-{uuid4()}"
        operator.quotas.patch_quota("poor", body=PatchQuota(daily_requests_limit=None, hard_cap_enabled=True))
        poor.corpora.create_corpus(body=CreateCorpus(id=name, name="Poor"))
        operator.quotas.patch_quota("poor", body=PatchQuota(daily_requests_limit=1, hard_cap_enabled=True))
        with pytest.raises(PaymentRequiredError) as caught:
            poor.corpora.list_corpora()
        assert (caught.value.status, caught.value.code) == (402, "QUOTA_EXCEEDED")
        with pytest.raises(PaymentRequiredError):
            poor.run(session_id=session(), corpus_id=name, message="Hello?").answer()


def test_a_budget_that_is_used_up_is_told_in_a_stream(client: Make) -> None:
    name = f"c-{uuid4()}"
    with client("capped") as admin:
        admin.corpora.create_corpus(body=CreateCorpus(id=name, name="Dear"))
        admin.costs.create_price(
            body=CreatePrice.from_dict(
                {
                    "version": f"v-{uuid4()}",
                    "provider": "openai",
                    "component": "llm",
                    "rate_type": "per_request",
                    "rate_value_usd": 5,
                    "effective_from": "2020-01-01T00:00:00Z",
                }
            )
        )
        budget = PatchCostBudget.from_dict({"monthly_budget_usd": 1, "enforce_hard_cap": True})
        admin.costs.patch_tenant_budget(body=budget)
        events = list(admin.run(session_id=session(), corpus_id=name, message="say 2 words"))
        assert [event.type for event in events] == ["request.accepted", "cost.capped", "error", "done"]
        with pytest.raises(RunFailedError) as caught:
            admin.run(session_id=session(), corpus_id=name, message="say 2 words").answer()
        assert caught.value.code == "COST_BUDGET_EXCEEDED"


def test_who_comes_too_soon_waits_as_long_as_is_asked(client: Make) -> None:
    time.sleep(1.1)
    with client("admin", retry=NEVER) as hasty, pytest.raises(RateLimitedError) as caught:
        for _ in range(20):
            hasty.audit.list_audit_events(limit=1)
    assert caught.value.code == "RATE_LIMITED"
    assert caught.value.retry_after is not None
    with client("admin") as patient:
        since = time.monotonic()
        for _ in range(4):
            assert patient.audit.list_audit_events(limit=1).data
        assert time.monotonic() - since > 1


@contextmanager
def switched_off(operator: Client, **switches: bool):  # type: ignore[no-untyped-def]
    def turn(words: dict[str, bool]) -> None:
        switched = PatchKillSwitchesKillSwitches.from_dict(words)
        operator.rollouts.patch_kill_switches(body=PatchKillSwitches(kill_switches=switched, reason="a test"))

    turn(switches)
    try:
        yield
    finally:
        turn(dict.fromkeys(switches, False))


def test_what_is_switched_off_is_tried_again_and_then_told(client: Make, corpus: str) -> None:
    with client("operator") as operator, client() as editor:
        run = editor.run(session_id=session(), corpus_id=corpus, message="say 1 words")
        with switched_off(operator, **{"kill.run": True}), pytest.raises(UnavailableError) as caught:
            run.answer()
        assert (caught.value.status, caught.value.code) == (503, "FEATURE_TEMPORARILY_DISABLED")
        assert editor.run(session_id=session(), corpus_id=corpus, message="say 1 words").answer().text == "word1 "


def test_hanging_up_stops_the_model(server: Server, client: Make, corpus: str) -> None:
    dropped = server.answers()["dropped"]
    with (
        client() as editor,
        editor.run(session_id=session(), corpus_id=corpus, message="say 999 words every 20 ms") as run,
    ):
        for event in run:
            if isinstance(event.data, TokenDelta):
                break
    until = time.monotonic() + 10
    while server.answers()["dropped"] == dropped:
        assert time.monotonic() < until, "the model still speaks"
        time.sleep(0.05)


def test_a_file_that_cannot_be_read(client: Make, corpus: str) -> None:
    with client() as editor, pytest.raises((IngestFailedError, InvalidRequestError)):
        accepted = editor.upload(corpus, b"%PDF-1.7\nnonsense", filename="a.pdf")
        editor.wait_for_document(accepted.document_id, timeout=60)


def test_the_asynchronous_client_does_the_same(server: Server, corpus: str) -> None:
    async def all_of_it() -> None:
        async with AsyncClient(server.url, server.keys["editor"], retry=RetryPolicy(base=0.01)) as editor:
            accepted = await editor.upload(corpus, b"Ice melts.", filename="ice.txt", content_type="text/plain")
            assert (await editor.wait_for_document(accepted.document_id, timeout=60)).status == "succeeded"
            assert corpus in [found.id async for found in editor.corpora.iter_corpora(limit=2)]
            answer = await editor.run(session_id=session(), corpus_id=corpus, message="say 3 words").answer()
            assert answer.text == "word1 word2 word3 "
            dropped = server.answers()["dropped"]
            async with editor.run(session_id=session(), corpus_id=corpus, message="say 999 words every 20 ms") as run:
                async for event in run:
                    if isinstance(event.data, TokenDelta):
                        break
            for _ in range(200):
                if server.answers()["dropped"] > dropped:
                    return
                await asyncio.sleep(0.05)
            pytest.fail("the model still speaks")

    asyncio.run(all_of_it())


def test_the_examples(server: Server, corpus: str, tmp_path: Path) -> None:
    def run(role: str, example: str, *args: str) -> str:
        path = Path(__file__).parents[1] / "examples" / example
        env = {**os.environ, "NEXUSRAG_URL": server.url, "NEXUSRAG_API_KEY": server.keys[role]}
        return subprocess.run([sys.executable, path, *args], env=env, check=True, capture_output=True, text=True).stdout

    assert run("reader", "ask.py", corpus, "say 3 words").startswith("word1 word2 word3 \n")
    (tmp_path / "a.md").write_text("Ice melts.")
    assert "a.md" in run("editor", "ingest_folder.py", corpus, str(tmp_path))
    assert run("admin", "grants.py", corpus, "bob")
