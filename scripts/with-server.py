#!/usr/bin/env python3
"""Runs a command beside a server of its own: a private database, tenants with keys, and a model that says what it is told.

    scripts/with-server.py pytest nexus-sdk/python

The command finds a JSON object in NEXUS_TEST_SERVER:

    url     the server
    model   the model; GET there tells how many answers were begun, finished and dropped
    keys    API keys by name: reader, editor, admin and operator of the tenant `t1`; poor and capped are
            administrators of tenants of these names

NEXUS_BIN names the program; otherwise what was built last is taken, for release or not. Everything
listens on 127.0.0.1 and is gone when the command ends.

A question such as `say 30 words every 5 ms` gets thirty numbered words with a pause before each.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEYS = [("t1", role) for role in ("reader", "editor", "admin", "operator")] + [("poor", "admin"), ("capped", "admin")]
#: Where limits would only be in the way; that of requests of operators is for tests to run into.
LIMITS = {
    f"RL_{who}_{what}_{unit}": "100000"
    for who in ("KEY", "TENANT")
    for what in ("RUN", "MUTATION", "READ")
    for unit in ("RPS", "BURST")
} | {"RL_KEY_OPS_RPS": "2", "RL_KEY_OPS_BURST": "2", "RL_ADDRESS_BURST": "100000"}


class Model:
    """Speaks as a chat completion endpoint does."""

    def __init__(self) -> None:
        self.counts = {"begun": 0, "finished": 0, "dropped": 0}
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            if head.startswith("GET"):
                self._whole(writer, json.dumps(self.counts).encode())
            else:
                length = int(re.search(r"content-length: *(\d+)", head, re.IGNORECASE)[1])
                await self._speak(writer, await reader.readexactly(length))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    def _whole(writer: asyncio.StreamWriter, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        writer.write(head.encode() + b"connection: close\r\n\r\n" + body)

    async def _speak(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        asked = json.loads(body)["messages"][-1]["content"]
        told = re.search(r"say (\d+) words(?: every (\d+) ms)?", str(asked))
        words, pause = (int(told[1]), int(told[2] or 0) / 1000) if told else (5, 0.0)
        self.counts["begun"] += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        try:
            for number in range(1, words + 1):
                if pause:
                    await asyncio.sleep(pause)
                delta = {"choices": [{"index": 0, "delta": {"content": f"word{number} "}}]}
                writer.write(f"data: {json.dumps(delta)}\n\n".encode())
                await writer.drain()
                if writer.transport.is_closing():
                    raise ConnectionResetError
            stop = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
            writer.write(f"data: {json.dumps(stop)}\n\ndata: [DONE]\n\n".encode())
            await writer.drain()
            self.counts["finished"] += 1
        except ConnectionError:
            self.counts["dropped"] += 1
            raise


def program() -> Path:
    if named := os.environ.get("NEXUS_BIN"):
        return Path(named).resolve()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [found for profile in ("release", "debug") if (found := target / profile / "nexus").exists()]
    if built:
        return max(built, key=lambda found: found.stat().st_mtime)
    sys.exit("with-server: no program: run `cargo build --bin nexus` or set NEXUS_BIN")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"{url}/v1/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > until:
                sys.exit(f"with-server: the server did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)


def make_key(nexus: Path, env: dict[str, str], tenant: str, role: str) -> str:
    command = [nexus, "--json", "keys", "create", "--tenant", tenant, "--role", role, "--name", role]
    made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.exit(f"with-server: no key: {made.stderr}")
    return str(json.loads(made.stdout)["api_key"])


async def main(command: list[str]) -> int:
    model = Model()
    answering = await model.start()
    home = Path(tempfile.mkdtemp(prefix="nexus-sdk."))
    home.chmod(0o711)
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", home / "server.log"
    # A developer's own services and settings are never a target of tests.
    kept = ("PATH", "HOME", "TMPDIR", "NEXUS_CACHE_DIR", "NEXUS_PG_BINDIR")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= LIMITS | {
        "NEXUS_DATA_DIR": str(home / "data"),
        "NEXUS_PORT": str(port),
        "EMBEDDING_PROVIDER": "hash",
        "LLM_PROVIDER": "openai",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model.port}/v1",
        "OPENAI_MODEL": "told",
        "OPENAI_API_KEY": "none",
        "RATE_LIMIT_ENABLED": "true",
        "LOG_LEVEL": "warn",
    }
    nexus = program()
    server = subprocess.Popen([nexus, "serve"], env=env, stdout=log.open("wb"), stderr=subprocess.STDOUT)
    try:
        await asyncio.to_thread(ready, url, server, log)
        keys: dict[str, str] = {}
        for tenant, role in KEYS:
            name = role if tenant == "t1" else tenant
            keys[name] = await asyncio.to_thread(make_key, nexus, env, tenant, role)
        told = {"url": url, "model": f"http://127.0.0.1:{model.port}/", "keys": keys}
        running = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "NEXUS_TEST_SERVER": json.dumps(told)}
        )
        status = await running.wait()
        if status != 0:
            print(f"with-server: the end of the server's log:\n{log.read_text()[-2000:]}", file=sys.stderr)
        return status
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
        answering.close()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(asyncio.run(main(sys.argv[1:])))
