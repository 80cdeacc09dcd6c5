"""Server-sent events out of bytes, however these are cut."""

from __future__ import annotations

from collections.abc import Iterator

from ._errors import TooLargeError

#: The most bytes that may pass without completing an event.
MAX_EVENT = 16 * 1024 * 1024


class Frames:
    """The `data` of each event that is complete. What is left when the connection ends is no event."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._held = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        self._held += len(chunk)
        if self._held > MAX_EVENT:
            raise TooLargeError(f"an event is larger than {MAX_EVENT} bytes")
        if b"\n" not in chunk:
            self._rest += chunk
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r").decode("utf-8", "replace")
            if not text:
                if self._data:
                    self._held = len(self._rest)
                    yield "\n".join(self._data)
                    self._data = []
                continue
            name, _, value = text.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
