"""The process of a pod: the worker's own `main`, in a process that has imported it already.

Importing the worker costs more than most shards of these tests do. A server imports it once, and forks for each pod;
arguments, environment, output, signals and exit status are a process's own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hybridface_worker.parent import die_with_parent
from support.mortal_worker import Wait, die_of

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["hybridface_worker.cli"])
_POLL_SECONDS = 0.05
SWAP = "swap"


class PodProcess:
    """One pod's process, from its beginning. It ends with the tests."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        poison: str | None = None,
        wait: Wait | None = None,
    ) -> None:
        """`poison` is the target whose chunks kill whoever begins them; with `wait` it waits: in Swap as it begins a
        chunk, else before anything."""
        self._wait = wait
        given = (list(arguments), dict(environment), log, poison, wait)
        self._process = _FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """As subprocess has it: None while it runs, below 0 where a signal ended it."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Asks it to end; it does not wait any longer."""
        self._process.terminate()
        if self._wait is not None:
            self._wait.go()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    async def wait(self) -> None:
        """Until it has ended."""
        while self.returncode is None:  # noqa: ASYNC110 - its end sets no event, and two readers of its status clash
            await asyncio.sleep(_POLL_SECONDS)


def _run(arguments: list[str], environment: dict[str, str], log: Path, poison: str | None, wait: Wait | None) -> None:
    from hybridface_worker.cli import main

    die_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.environ.clear()
    os.environ.update(environment)
    if poison is not None:
        die_of(poison)
    if wait is not None:
        (wait.in_chunks if arguments[0] == SWAP else wait.now)()
    sys.exit(main(arguments))
