"""A way to the server that breaks where it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class CuttingProxy:
    """Passes connections on. `plan` says for each, counted from 0, after how many bytes of the answer it breaks."""

    def __init__(self, url: str, plan: Callable[[int], int | None]) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._plan = plan
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        #: How many bytes of answers came through.
        self.passed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                number, self.connections = self.connections, self.connections + 1
                threading.Thread(target=self._serve, args=(client, self._plan(number)), daemon=True).start()

    def _serve(self, client: socket.socket, left: int | None) -> None:
        with suppress(OSError), client, socket.create_connection(self._target) as server:
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
            while chunk := server.recv(4096):
                piece = chunk if left is None else chunk[:left]
                client.sendall(piece)
                self.passed += len(piece)
                if left is not None:
                    left -= len(piece)
                    if left == 0:
                        break
            # Both ends learn of it at once, also while the other thread still reads.
            for side in (client, server):
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _forward(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while chunk := client.recv(4096):
                server.sendall(chunk)
            server.shutdown(socket.SHUT_WR)
