#!/usr/bin/env python3
"""How fast the loop at the heart of the Python reference's inline ingestion can be, to compare `nexus ingest` with.

    scripts/reference-loop.py DATABASE_URL CORPUS.jsonl [COUNT] [AT_ONCE]

Written from what the reference publishes about itself: each text is cut into pieces of 1,200 characters that overlap by 150,
each piece is hashed into 768 numbers, and the rows of a text are inserted and committed together. HTTP, metering, audit and
every index that answers a search are left out, so that it is faster than the reference. It makes a schema `reference_loop` of
its own and removes it. Needs `psycopg` (3) and pgvector in the database.
"""
import asyncio
import hashlib
import json
import re
import sys
import time

import psycopg

SIZE, OVERLAP, DIMENSION = 1200, 150, 768


def pieces(text):
    for start in range(0, max(len(text) - OVERLAP, 1), SIZE - OVERLAP):
        yield start, text[start : start + SIZE]


def vector(text):
    sums = [0.0] * DIMENSION
    for word in re.findall(r"[A-Za-z0-9_]+", text):
        digest = hashlib.sha256(word.lower().encode()).hexdigest()
        sign = 1.0 if int(digest[8:12], 16) % 2 == 0 else -1.0
        sums[int(digest[:8], 16) % DIMENSION] += sign * (1.0 + int(digest[12:20], 16) / 0xFFFFFFFF)
    norm = sum(x * x for x in sums) ** 0.5 or 1.0
    return "[" + ",".join(f"{x / norm:.6f}" for x in sums) + "]"


async def work(url, queue):
    done = 0
    async with await psycopg.AsyncConnection.connect(url) as db:
        while queue:
            name, text = queue.pop()
            await db.execute("INSERT INTO reference_loop.documents VALUES (%s, %s)", (name, text))
            for start, piece in pieces(text):
                await db.execute(
                    "INSERT INTO reference_loop.chunks (document, start_char, text, embedding) VALUES (%s, %s, %s, %s)",
                    (name, start, piece, vector(piece)),
                )
                done += 1
            await db.commit()
    return done


async def main(url, path, count, at_once):
    with open(path, encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines][:count]
    queue = [(text["_id"], f"{text.get('title', '')}\n\n{text['text']}") for text in texts]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as db:
        await db.execute("CREATE SCHEMA reference_loop")
        try:
            await db.execute("CREATE TABLE reference_loop.documents (id text PRIMARY KEY, content text NOT NULL)")
            await db.execute(
                "CREATE TABLE reference_loop.chunks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document text NOT"
                f" NULL, start_char int NOT NULL, text text NOT NULL, embedding vector({DIMENSION}) NOT NULL)"
            )
            began = time.monotonic()
            chunks = sum(await asyncio.gather(*(work(url, queue) for _ in range(at_once))))
            took = time.monotonic() - began
        finally:
            await db.execute("DROP SCHEMA reference_loop CASCADE")
    print(json.dumps({"documents": len(texts), "chunks": chunks, "seconds": round(took, 2),
                      "documents_per_second": round(len(texts) / took, 1), "chunks_per_second": round(chunks / took, 1)}))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    numbers = [int(n) for n in sys.argv[3:5]] + [1500, 4][len(sys.argv[3:5]):]
    asyncio.run(main(sys.argv[1], sys.argv[2], *numbers))
