"""Ends a process that makes no progress, so that a hung decoder or service costs no more than a retry."""

from __future__ import annotations

import os
import threading
import time

import structlog

from hybridface_worker.contract.events import Event
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason


class Watchdog:
    """Exits the process with STALLED when `feed` was not called for `patience_seconds`."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._fed = time.monotonic()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Starts watching."""
        self.feed()
        self._thread.start()

    def feed(self) -> None:
        """Reports progress. Thread-safe."""
        self._fed = time.monotonic()

    def _watch(self) -> None:
        while (left := self._fed + self._patience - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
        structlog.get_logger().error(
            Event.FAILED,
            reason=Reason.STALLED,
            message=f"no progress for {self._patience:g} s; HYBRIDFACE_STALL_SECONDS sets the patience",
            exit_code=int(ExitCode.STALLED),
        )
        os._exit(ExitCode.STALLED)
