"""Measures how long a device is busy, as seen from the host."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self


class Busy:
    """Adds up the time in which at least one inference runs, on any thread.

    Each is run within `with busy:`. Copies to the device and back count.
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
        """So far, including inferences that are still running."""
        return self.reading()[1]

    def reading(self) -> tuple[float, float]:
        """The time and the busy seconds, read together so that the one never grows by more than the other."""
        with self._lock:
            now = self._clock()
            return now, self._seconds + (now - self._since if self._running else 0.0)
