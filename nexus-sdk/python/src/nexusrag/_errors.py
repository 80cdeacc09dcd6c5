"""Why a call gave no answer. No error holds the API key, and none prints what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx


class NexusError(Exception):
    """Any failure of a call."""


class ArgumentError(NexusError, ValueError):
    """The call, or the client, makes no sense; nothing was sent."""


class ApiError(NexusError):
    """The server answered with a refusal or a failure.

    Branch on `code`: it is stable, the message is not. An answer that does not come from NexusRAG, such as that of a
    proxy, has the code `HTTP_<status>`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        asked = f", request {request_id}" if request_id else ""
        super().__init__(f"{code}: {message} (status {status}{asked})")
        self.status = status
        self.code = code
        self.message = message
        #: Facts that belong to the code.
        self.details = details
        #: The id to quote to the operator.
        self.request_id = request_id
        #: How many seconds the server asks to wait before another attempt.
        self.retry_after = retry_after


class AuthenticationError(ApiError):
    """401: no valid credential."""


class PaymentRequiredError(ApiError):
    """402: a quota or a budget is used up."""


class PermissionDeniedError(ApiError):
    """403: the caller may not do this."""


class NotFoundError(ApiError):
    """404: there is no such thing for this caller."""


class ConflictError(ApiError):
    """409: the state of the thing does not allow this."""


class InvalidRequestError(ApiError):
    """400, 413, 415 or 422: the request cannot be read; `details["errors"]` may name each fault."""


class RateLimitedError(ApiError):
    """429: too many requests."""


class UnavailableError(ApiError):
    """502, 503 or 504: not available for now."""


class TransportError(NexusError):
    """The server was not reached, or the connection broke.

    `sent` tells whether the request may have arrived.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class SilenceError(TransportError):
    """Nothing was heard for so long that the server or the way to it must be gone."""


class InterruptedStreamError(TransportError):
    """The stream of a run was cut before its end and could not be continued."""

    def __init__(self, last_seq: int) -> None:
        super().__init__(f"the stream was cut after event {last_seq}")
        #: The number of the last event that arrived.
        self.last_seq = last_seq


class ResumeUnsupportedError(NexusError):
    """The stream of a run was cut, and the server no longer keeps what was missed."""

    def __init__(self, last_seq: int, message: str) -> None:
        super().__init__(f"the stream was cut after event {last_seq} and cannot be resumed: {message}")
        #: The number of the last event that arrived.
        self.last_seq = last_seq


class DecodeError(NexusError):
    """The server answered with something that this version does not understand."""

    def __init__(self, what: str, response: httpx.Response | None = None) -> None:
        status = f" (status {response.status_code})" if response is not None else ""
        super().__init__(f"the answer does not read: {what}{status}")


class TooLargeError(NexusError):
    """The answer is larger than this client holds in memory."""


class RunFailedError(NexusError):
    """A run ended with an `error` event instead of an answer."""

    def __init__(self, code: str, message: str, run_id: str) -> None:
        super().__init__(f"{code}: {message} (run {run_id})")
        self.code = code
        self.message = message
        self.run_id = run_id


class IngestFailedError(NexusError):
    """The document that was waited for could not be ingested."""

    def __init__(self, document_id: str, reason: str) -> None:
        super().__init__(f"document {document_id} could not be ingested: {reason}")
        self.document_id = document_id
        self.reason = reason


class WaitTimeoutError(NexusError, TimeoutError):
    """What was waited for did not happen in time."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitedError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def refusal(response: httpx.Response) -> ApiError:
    """The error that an answer holds. Its body has been read."""
    status = response.status_code
    kind = _BY_STATUS.get(status, ApiError)
    wait = _retry_after(response.headers)
    try:
        envelope = response.json()
        error, meta = envelope["error"], envelope["meta"]
        code, message = str(error["code"]), str(error["message"])
        details = error.get("details")
        request_id = str(meta["request_id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        # Something between client and server answered, in its own words.
        known = status in HTTPStatus._value2member_map_
        message = HTTPStatus(status).phrase if known else "The answer has no envelope"
        asked = response.headers.get("x-request-id")
        return kind(status, f"HTTP_{status}", message, request_id=asked, retry_after=wait)
    return kind(status, code, message, details=details, request_id=request_id, retry_after=wait)


def _retry_after(headers: httpx.Headers) -> float | None:
    """The wait in seconds. The form with a date is passed over: comparing clocks is not worth its errors here."""
    for name, unit in (("x-ratelimit-retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if text.isascii() and text.isdigit():
            return int(text) / unit
    return None
