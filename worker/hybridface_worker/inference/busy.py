"""How long a device has been busy, as seen from the host."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self


class Busy:
    """Adds up the time in which at least one inference runs, from whatever threads.

    `with busy:` stands around each. A call counts whole, with what it copies to the device and back.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """`clock`: seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0
        self._since = 0.0
        self._seconds = 0.0

    def __enter__(self) -> Self:
        with self._lock:
            if self._running == 0:
                self._since = self._clock()
            self._running += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self._seconds += self._clock() - self._since

    @property
    def seconds(self) -> float:
        """So far, those of inferences that still run among them."""
        return self.reading()[1]

    def reading(self) -> tuple[float, float]:
        """The time, and the busy seconds at that very moment: no device is busy for longer than passes between two."""
        with self._lock:
            now = self._clock()
            return now, self._seconds + (now - self._since if self._running else 0.0)
