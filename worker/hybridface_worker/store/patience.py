"""Retries with exponential backoff and jitter, for a bounded time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True)
class Patience:
    """For how long transient failures are retried. Tests replace clock, sleep and chance.

    The pause before the n-th retry is uniform between 0 and 0.2 * 2^(n-1) seconds, at most 10 ("full jitter",
    Exponential Backoff and Jitter, AWS Architecture Blog 2015): workers that failed together do not retry together.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def insist(self, call: Callable[[], T], is_transient: Callable[[Exception], bool]) -> T:
        """The result of the first successful call.

        Raises:
            Exception: the call's last error, where it is not transient or there is no time left for a retry.
        """
        give_up_at = self.clock() + self.seconds
        longest = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return call()
            except Exception as error:
                pause = longest * self.chance()
                if not is_transient(error) or self.clock() + pause > give_up_at:
                    raise
            self.sleep(pause)
            longest = min(2 * longest, _LONGEST_PAUSE_SECONDS)
