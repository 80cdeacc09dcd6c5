"""A stream that is cut anywhere goes on without a lost or repeated event, and without a second answer.

`NEXUS_CASES` says how many times it is tried with each client, 25 otherwise.
"""

from __future__ import annotations

import asyncio
import os
import random
from uuid import uuid4

from nexusrag import AsyncClient, Client, RetryPolicy
from nexusrag.events import MessageFinal, RunEvent, TokenDelta

from .conftest import Server
from .proxy import CuttingProxy

CASES = int(os.environ.get("NEXUS_CASES", "25"))
WORDS = 30
ASKED = f"say {WORDS} words"
RETRY = RetryPolicy(max_attempts=6, base=0.002)


def length(server: Server, corpus: str) -> int:
    """How many bytes an answer has on the way, head included."""
    with CuttingProxy(server.url, lambda _: None) as way, Client(way.url, server.keys["reader"]) as client:
        client.run(session_id=f"s-{uuid4()}", corpus_id=corpus, message=ASKED).answer()
        return way.passed


def plan(chance: random.Random, size: int) -> list[int]:
    """One to three cuts, the first anywhere and the others in what may be left."""
    return [chance.randint(1, size)] + [chance.randint(1, size) for _ in range(chance.randint(0, 2))]


def whole(events: list[RunEvent], case: object) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1)), case
    assert len({event.request_id for event in events}) == 1, case
    text = "".join(event.data.delta for event in events if isinstance(event.data, TokenDelta))
    assert text == "".join(f"word{n} " for n in range(1, WORDS + 1)), case
    assert [event.data.text for event in events if isinstance(event.data, MessageFinal)] == [text], case
    assert [event.type for event in events].count("done") == 1, case


def test_a_stream_cut_anywhere_is_whole(server: Server, corpus: str) -> None:
    size, begun, connections = length(server, corpus), server.answers()["begun"], 0
    for case in range(CASES):
        cuts = plan(random.Random(case), size)
        with (
            CuttingProxy(server.url, dict(enumerate(cuts)).get) as way,
            Client(way.url, server.keys["reader"], retry=RETRY) as client,
        ):
            whole(list(client.run(session_id=f"s-{uuid4()}", corpus_id=corpus, message=ASKED)), (case, cuts))
            connections += way.connections
    assert server.answers()["begun"] - begun == CASES, "no question was answered twice"
    assert connections > CASES
    print(f"{CASES} streams over {connections} connections of {size} bytes at most")


def test_with_the_asynchronous_client_too(server: Server, corpus: str) -> None:
    size, begun = length(server, corpus), server.answers()["begun"]

    async def read(case: int) -> None:
        cuts = plan(random.Random(-1 - case), size)
        with CuttingProxy(server.url, dict(enumerate(cuts)).get) as way:
            async with AsyncClient(way.url, server.keys["reader"], retry=RETRY) as client:
                run = client.run(session_id=f"s-{uuid4()}", corpus_id=corpus, message=ASKED)
                whole([event async for event in run], (case, cuts))

    async def all_of_them() -> None:
        for case in range(CASES):
            await read(case)

    asyncio.run(all_of_them())
    assert server.answers()["begun"] - begun == CASES, "no question was answered twice"
