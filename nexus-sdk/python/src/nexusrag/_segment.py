from __future__ import annotations

from urllib.parse import quote

from ._errors import ArgumentError


def segment(value: object) -> str:
    """An id as one segment of a path: it cannot leave its place, nor vanish from it."""
    text = str(value)
    if text in ("", ".", ".."):
        raise ArgumentError(f"{text!r} is no id")
    return quote(text, safe="")
