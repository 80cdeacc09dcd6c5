"""A client of NexusRAG: questions of documents that the caller may read, and answers with sources."""

from . import events, models
from ._client import AsyncClient, Client, create_client
from ._errors import (
    ApiError,
    ArgumentError,
    AuthenticationError,
    ConflictError,
    DecodeError,
    IngestFailedError,
    InterruptedStreamError,
    InvalidRequestError,
    NexusError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitedError,
    ResumeUnsupportedError,
    RunFailedError,
    SilenceError,
    TooLargeError,
    TransportError,
    UnavailableError,
    WaitTimeoutError,
)
from ._retry import RetryPolicy
from ._run import AsyncRunStream, RunStream
from ._version import VERSION as __version__

__all__ = [
    "ApiError",
    "ArgumentError",
    "AsyncClient",
    "AsyncRunStream",
    "AuthenticationError",
    "Client",
    "ConflictError",
    "DecodeError",
    "IngestFailedError",
    "InterruptedStreamError",
    "InvalidRequestError",
    "NexusError",
    "NotFoundError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "RateLimitedError",
    "ResumeUnsupportedError",
    "RetryPolicy",
    "RunFailedError",
    "RunStream",
    "SilenceError",
    "TooLargeError",
    "TransportError",
    "UnavailableError",
    "WaitTimeoutError",
    "__version__",
    "create_client",
    "events",
    "models",
]
