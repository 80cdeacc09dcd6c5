"""Asks a question and prints the answer as it comes, with its sources.

NEXUSRAG_API_KEY=… python ask.py handbook "Who approves routine changes?"
"""

from __future__ import annotations

import os
import sys
from uuid import uuid4

from nexusrag import Client
from nexusrag.events import MessageFinal, StreamError, TokenDelta


def main(corpus: str, message: str) -> int:
    url = os.environ.get("NEXUSRAG_URL", "http://127.0.0.1:8000")
    with (
        Client(url, os.environ["NEXUSRAG_API_KEY"]) as client,
        client.run(session_id=str(uuid4()), corpus_id=corpus, message=message) as events,
    ):
        for event in events:
            match event.data:
                case TokenDelta(delta=text):
                    print(text, end="", flush=True)
                case MessageFinal(citations=citations):
                    print()
                    for citation in citations or []:
                        where = f"{citation.start}-{citation.end}"
                        print(f"[{citation.index}] {citation.title or citation.document_id} {where}: {citation.quote}")
                case StreamError(code=code, message=told):
                    print(f"{code}: {told}", file=sys.stderr)
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
