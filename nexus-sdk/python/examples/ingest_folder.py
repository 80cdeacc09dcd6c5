"""Uploads every file of a folder, four at a time, and waits until all can be found.

NEXUSRAG_API_KEY=… python ingest_folder.py handbook ./docs
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from nexusrag import AsyncClient, NexusError


async def main(corpus: str, folder: str) -> int:
    places, failed = asyncio.Semaphore(4), 0
    url = os.environ.get("NEXUSRAG_URL", "http://127.0.0.1:8000")

    async def ingest(client: AsyncClient, path: Path) -> None:
        nonlocal failed
        async with places:
            try:
                accepted = await client.upload(corpus, path)
                await client.wait_for_document(accepted.document_id)
                print(path, accepted.document_id)
            except NexusError as error:
                failed += 1
                print(path, error, file=sys.stderr)

    async with AsyncClient(url, os.environ["NEXUSRAG_API_KEY"]) as client:
        files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
        await asyncio.gather(*(ingest(client, path) for path in files))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:3])))
