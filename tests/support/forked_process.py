"""Processes forked from one that has imported what they run, told in the words of `subprocess.Popen`.

Importing the worker or the operator costs more than most of what a test has them do. A server imports both once, and
forks for each process; environment, output, signals and exit status are a process's own.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock
from typing import Any

from hybridface_worker.parent import die_with_parent

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["hybridface_worker.cli", "hybridface_operator.commands.local", "hybridface_operator.serving.main"]
)
_looking = Lock()
"""Held by the one thread that reads how a process ended; starting one looks after all others."""


class ForkedProcess:
    """One process, from its beginning. It ends with the tests."""

    def __init__(self, work: Callable[..., int], *given: Any, environment: Mapping[str, str], log: Path) -> None:
        """`work` returns the exit status, and is a function of a module; what it is given can be pickled."""
        self._name = work.__name__
        self._process = _FORKS.Process(target=_run, args=(work, given, dict(environment), log), daemon=True)
        with _looking:
            self._process.start()

    @property
    def pid(self) -> int:
        """The process's own."""
        return int(self._process.pid or 0)

    def poll(self) -> int | None:
        """The exit status: None while it runs, below 0 where a signal ended it."""
        with _looking:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end; its exit status. Raises subprocess.TimeoutExpired where that takes more seconds."""
        if wait([self._process.sentinel], timeout) and (status := self.poll()) is not None:
            return status
        raise subprocess.TimeoutExpired(self._name, timeout or 0)

    def send_signal(self, number: int) -> None:
        """Sends it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()


def _run(work: Callable[..., int], given: tuple[Any, ...], environment: dict[str, str], log: Path) -> None:
    die_with_parent(os.getppid())
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.exit(work(*given))
