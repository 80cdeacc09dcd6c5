"""Rules that need no server."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import httpx
import pytest

from nexusrag import (
    ApiError,
    ArgumentError,
    AsyncClient,
    Client,
    DecodeError,
    InterruptedStreamError,
    RateLimitedError,
    ResumeUnsupportedError,
    RetryPolicy,
    SilenceError,
    TransportError,
    create_client,
)
from nexusrag._retry import Attempts
from nexusrag._sse import Frames
from nexusrag.events import Heartbeat, TokenDelta, Unknown
from nexusrag.models import CreateCorpus, DocumentStatus

META = {"request_id": "r-1", "api_version": "v1"}
QUICK = RetryPolicy(base=0.001)


def refused(status: int, code: str = "X", headers: dict[str, str] | None = None) -> httpx.Response:
    body = {
        "error": {"code": code, "message": "no", "details": {"a": 1}},
        "meta": {"request_id": "r-9", "api_version": "v1"},
    }
    return httpx.Response(status, json=body, headers=headers)


def frame(seq: int, kind: str, data: object = None) -> str:
    payload = {"type": kind, "request_id": "run-1", "session_id": "s1", "data": data or {}, "seq": seq}
    return f"event: message\nid: {seq}\ndata: {json.dumps(payload)}\n\n"


def stream(text: str, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    common = {"content-type": "text/event-stream"}
    return httpx.Response(status, headers={**common, **(headers or {})}, content=text.encode())


class Script:
    """Answers from a script, and remembers what it was asked."""

    def __init__(self, *replies: httpx.Response | Exception) -> None:
        self.replies = iter(replies)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        reply = next(self.replies, refused(500, "SCRIPT_ENDED"))
        if isinstance(reply, Exception):
            raise reply
        return reply

    def client(self, retry: RetryPolicy = QUICK) -> Client:
        return Client("http://host/behind", "nrgk_test", retry=retry, transport=httpx.MockTransport(self))


def ask(client: Client) -> list[tuple[str, int]]:
    events = client.run(session_id="s1", corpus_id="c1", message="Who?")
    return [(event.type, event.seq) for event in events]


def test_waits_are_bounded_and_double() -> None:
    policy = RetryPolicy()
    error = ApiError(503, "X", "x")
    for attempt in range(1, 4):
        full = 0.25 * 2 ** (attempt - 1)
        assert policy.after(attempt, error, 0.0) == full / 2
        assert policy.after(attempt, error, 1.0) == full
    assert policy.after(4, error, 0.0) is None
    assert policy.after(1, ApiError(503, "X", "x", retry_after=21), 0.0) is None
    assert policy.after(1, ApiError(429, "X", "x", retry_after=7), 1.0) == 7.25
    for status in (400, 401, 402, 403, 404, 409, 422, 500, 501):
        assert policy.after(1, ApiError(status, "X", "x"), 0.0) is None
    assert policy.after(1, ApiError(409, "X", "x", retry_after=1), 0.0) == 1
    assert policy.after(1, TransportError("x"), 0.0) is not None
    assert RetryPolicy.never().after(1, error, 0.0) is None


def test_who_comes_too_soon_waits_its_turn_for_longer() -> None:
    attempts = Attempts(RetryPolicy(base=0, max_attempts=3))
    early = RateLimitedError(429, "RATE_LIMITED", "x", retry_after=0)
    for _ in range(32):
        attempts.wait(early)
    with pytest.raises(RateLimitedError):
        attempts.wait(early)


def test_frames_come_out_of_bytes_however_they_are_cut() -> None:
    text = ': hello\n\nevent: x\r\nid: 1\r\ndata: {"a":"Größe ✓"}\r\n\r\ndata: one\ndata:two\n\ndata: lost'
    for seed in range(200):
        rest, frames, found = text.encode(), Frames(), list[str]()
        chance = random.Random(seed)
        while rest:
            size = chance.randint(1, 9)
            found += frames.feed(rest[:size])
            rest = rest[size:]
        assert found == ['{"a":"Größe ✓"}', "one\ntwo"]


def test_the_key_is_in_no_text() -> None:
    client = create_client(api_key="nrgk_sekrit", base_url="http://host")
    assert "sekrit" not in repr(client)
    with pytest.raises(ArgumentError) as error:
        Client("http://host", "nrgk_sek rit")
    assert "sek" not in str(error.value)
    for url in ("", "host:1", "ftp://host", "http://u:p@host", "http://host?x=1", "http://host#x"):
        with pytest.raises(ArgumentError):
            Client(url)


def test_ids_cannot_leave_their_place_in_the_path() -> None:
    script = Script(refused(404))
    with pytest.raises(ApiError):
        script.client().documents.get_document("a/../b?c#d")
    assert script.asked[0].url.raw_path == b"/behind/v1/documents/a%2F..%2Fb%3Fc%23d"
    for name in ("", ".", ".."):
        with pytest.raises(ArgumentError):
            script.client().documents.get_document(name)


def test_a_change_is_repeated_under_one_name_and_another_has_another() -> None:
    corpus = {
        "id": "c1", "tenant_id": "t1", "name": "n", "provider_config_json": {}, "embedding_model": "m",
        "embedding_dimension": 1, "created_at": "2026-01-02T03:04:05Z", "a_later_field": 1,
    }  # fmt: skip
    made = httpx.Response(201, json={"data": corpus, "meta": META})
    script = Script(httpx.ReadError("cut"), refused(503), made, made, made)
    client = script.client()
    body = CreateCorpus(name="n")
    assert client.corpora.create_corpus(body=body).data.id == "c1"
    client.corpora.create_corpus(body=body)
    client.corpora.create_corpus(body=body, idempotency_key="mine")
    names = [request.headers["idempotency-key"] for request in script.asked]
    assert names[0] == names[1] == names[2] != names[3]
    assert names[4] == "mine"
    assert script.asked[0].headers["authorization"] == "Bearer nrgk_test"


def test_a_refusal_keeps_everything_the_server_said() -> None:
    script = Script(refused(409, "CONFLICT", {"retry-after": "30"}))
    with pytest.raises(ApiError) as caught:
        script.client().corpora.get_corpus("c1")
    error = caught.value
    assert (error.status, error.code, error.message, error.details) == (409, "CONFLICT", "no", {"a": 1})
    assert (error.request_id, error.retry_after) == ("r-9", 30)
    elsewhere = Script(httpx.Response(418, text="<html>", headers={"x-request-id": "r-3"}))
    with pytest.raises(ApiError) as caught:
        elsewhere.client().corpora.get_corpus("c1")
    assert (caught.value.code, caught.value.request_id) == ("HTTP_418", "r-3")
    odd = Script(httpx.Response(200, json={"data": {}}))
    with pytest.raises(DecodeError):
        odd.client().corpora.get_corpus("c1")


def test_pages_are_asked_for_as_they_are_read() -> None:
    def page(names: list[str], cursor: str | None) -> httpx.Response:
        fields = {"tenant_id": "t", "name": "n", "created_at": "2026-01-02T03:04:05Z", "provider_config_json": {}}
        more = {"embedding_model": "m", "embedding_dimension": 1}
        data = [{"id": name, **fields, **more} for name in names]
        return httpx.Response(200, json={"data": data, "meta": {**META, "next_cursor": cursor}})

    script = Script(page(["a", "b"], "k 1"), page([], "k2"), page(["c"], None))
    names = script.client().corpora.iter_corpora(limit=2)
    assert next(names).id == "a"
    assert len(script.asked) == 1
    assert [corpus.id for corpus in names] == ["b", "c"]
    assert [request.url.params.get("cursor") for request in script.asked] == [None, "k 1", "k2"]


def test_words_of_a_later_server_pass() -> None:
    assert DocumentStatus("archived") == "archived"
    assert DocumentStatus("failed") is DocumentStatus.FAILED


def test_a_cut_stream_goes_on_where_it_broke() -> None:
    script = Script(
        stream(
            frame(1, "request.accepted", {"accepted_at": "2026-01-02T03:04:05Z"})
            + frame(2, "token.delta", {"delta": "a"})
        ),
        # One event too many, and half of one.
        stream(frame(2, "token.delta", {"delta": "a"}) + frame(3, "tool.call") + frame(4, "token.delta")[:-5]),
        httpx.ConnectError("refused"),
        stream('data: {"ts": "2026-01-02T03:04:05Z", "request_id": "run-1", "seq": 4}\n\n' + frame(5, "done")),
    )
    seen = list(script.client().run(session_id="s1", corpus_id="c1", message="Who?"))
    assert [event.seq for event in seen] == [1, 2, 3, 4, 5]
    assert [type(event.data) for event in seen[1:4]] == [TokenDelta, Unknown, Heartbeat]
    headers = [(r.headers.get("x-run-id"), r.headers.get("last-event-id")) for r in script.asked]
    assert headers == [(None, None), ("run-1", "2"), ("run-1", "3"), ("run-1", "3")]
    assert len({request.content for request in script.asked}) == 1


def test_a_stream_cut_before_its_first_event_is_resumed_by_the_servers_id() -> None:
    script = Script(stream("", headers={"x-request-id": "run-9"}), stream(frame(1, "done")))
    assert ask(script.client()) == [("done", 1)]
    assert script.asked[1].headers["x-run-id"] == "run-9"
    assert script.asked[1].headers["last-event-id"] == "0"


def test_a_question_that_was_refused_is_asked_again_as_it_was() -> None:
    script = Script(refused(503, "SERVICE_BUSY", {"retry-after": "0"}), stream(frame(1, "done")))
    assert ask(script.client()) == [("done", 1)]
    assert "last-event-id" not in script.asked[1].headers
    # A gateway that lost the server cannot tell how far the question got.
    script = Script(refused(502), stream(frame(1, "done")))
    ask(script.client())
    assert script.asked[1].headers["last-event-id"] == "0"


def test_a_refusal_in_the_form_of_a_stream_is_read_as_one() -> None:
    text = frame(1, "sla.shed", {"status": "shed"}) + frame(2, "error", {"code": "SLA_SHED_LOAD", "message": "busy"})
    script = Script(stream(text + frame(3, "done"), status=503))
    assert [kind for kind, _ in ask(script.client())] == ["sla.shed", "error", "done"]
    assert len(script.asked) == 1


def test_what_cannot_go_on_is_given_up() -> None:
    cut = [stream(frame(1, "token.delta", {"delta": "a"})) for _ in range(20)]
    script = Script(*cut)
    with pytest.raises(InterruptedStreamError) as caught:
        ask(script.client())
    assert (caught.value.last_seq, len(script.asked)) == (1, 4)
    gone = frame(1, "resume.unsupported", {"message": "gone"}) + frame(2, "done")
    with pytest.raises(ResumeUnsupportedError):
        ask(Script(cut[0], stream(gone)).client())
    with pytest.raises(SilenceError):
        ask(Script(*(httpx.ReadTimeout("quiet") for _ in range(9))).client())
    with pytest.raises(DecodeError):
        ask(Script(httpx.Response(200, json={"data": 1})).client())


def test_the_asynchronous_client_does_the_same() -> None:
    script = Script(
        stream(frame(1, "token.delta", {"delta": "a"})), stream(frame(2, "done")), refused(503), refused(404)
    )

    async def all_of_it() -> None:
        async with AsyncClient("http://host", transport=httpx.MockTransport(script), retry=QUICK) as client:
            events = client.run(session_id="s1", corpus_id="c1", message="Who?")
            assert [event.seq async for event in events] == [1, 2]
            with pytest.raises(ApiError) as caught:
                await client.corpora.get_corpus("c1")
            assert caught.value.status == 404

    asyncio.run(all_of_it())
    assert len(script.asked) == 4


def test_a_file_is_sent_whole_each_time(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Words.")
    accepted = {"document_id": "d1", "job_id": "j1", "status": "queued", "status_url": "/v1/documents/d1"}
    script = Script(refused(503), httpx.Response(202, json={"data": accepted, "meta": META}))
    assert script.client().upload("c1", path).document_id == "d1"
    for request in script.asked:
        assert b'filename="a.md"' in request.content
        assert b"Words." in request.content
