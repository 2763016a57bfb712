"""The process of a pod: the worker's own `main`, forked from one that has imported it already."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.forked_process import ForkedProcess
from support.mortal_worker import Wait, die_of

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
        self._process = ForkedProcess(_work, list(arguments), poison, wait, environment=environment, log=log)

    @property
    def returncode(self) -> int | None:
        """As subprocess has it: None while it runs, below 0 where a signal ended it."""
        return self._process.poll()

    def terminate(self) -> None:
        """Asks it to end; it does not wait any longer."""
        self._process.send_signal(signal.SIGTERM)
        if self._wait is not None:
            self._wait.go()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    async def wait(self) -> None:
        """Until it has ended."""
        while self.returncode is None:  # noqa: ASYNC110 - its end sets no event that a loop could wait for
            await asyncio.sleep(_POLL_SECONDS)


def _work(arguments: list[str], poison: str | None, wait: Wait | None) -> int:
    from hybridface_worker.cli import main

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if poison is not None:
        die_of(poison)
    if wait is not None:
        (wait.in_chunks if arguments[0] == SWAP else wait.now)()
    return main(arguments)
