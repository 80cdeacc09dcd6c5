"""When to ask again, and how long to wait before: pure rules."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ._errors import ApiError, NexusError, TransportError

#: How often a call waits for its turn when it comes too soon, for each attempt that it has.
TURNS = 16


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a call is repeated.

    Attributes:
        max_attempts: The most times a call is sent, the first time included.
        base: The seconds before the second attempt; they double with each that follows.
        cap: The longest wait. A server that asks for a longer one gets no further attempt: the caller is told instead.
    """

    max_attempts: int = 4
    base: float = 0.25
    cap: float = 20.0

    @staticmethod
    def never() -> RetryPolicy:
        """Sends every call once."""
        return RetryPolicy(max_attempts=1)

    def after(self, attempt: int, error: NexusError, jitter: float) -> float | None:
        """How long to wait after `attempt` (counted from 1) failed with `error`; None gives up."""
        if attempt >= self.max_attempts or not _is_transient(error):
            return None
        asked = error.retry_after if isinstance(error, ApiError) else None
        if asked is None:
            return self.backoff(attempt, jitter)
        return None if asked > self.cap else max(asked, 0.001) + self.base * jitter

    def turn(self, turn: int, error: NexusError, jitter: float) -> float | None:
        """How long to wait after a call came too soon for the `turn`th time."""
        if turn > (self.max_attempts - 1) * TURNS:
            return None
        return RetryPolicy(2, self.base, self.cap).after(1, error, jitter)

    def backoff(self, attempt: int, jitter: float) -> float:
        """Half of the doubled wait for certain, half by chance, so that many clients do not come back at once."""
        full = min(self.base * 2.0 ** min(attempt - 1, 31), self.cap)
        return full / 2 + full / 2 * jitter


class Attempts:
    """How often one call was sent."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._attempts = 0
        self._turns = 0

    def wait(self, error: NexusError) -> float:
        """How long to wait after `error`. When the call is not worth another attempt, this raises it."""
        # A call that came too soon was not even looked at: that is no failed attempt.
        if isinstance(error, ApiError) and error.status == 429:
            self._turns += 1
            wait = self._policy.turn(self._turns, error, random.random())
        else:
            self._attempts += 1
            wait = self._policy.after(self._attempts, error, random.random())
        if wait is None:
            raise error
        return wait


def _is_transient(error: NexusError) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, ApiError):
        # A conflict passes only if the server says when, as it does while the first call is still at work.
        return error.status in (429, 502, 503, 504) or (error.status == 409 and error.retry_after is not None)
    return isinstance(error, TransportError)
