"""The real worker, made to do at one moment what a test waits for; however slow either is, the moment does not pass.

Run as `python -m support.staged_worker HOW ...` with what a worker is started with. HOW is `dies-of=<chunk>`, and the
worker is killed whenever it begins that chunk; or `holds-after=<n>`, and it commits no more than so many chunks until
it is told to stop. Or it is `forked-by=<server>`, and nothing happens to it, but it is there at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from support.forked_workers import TIED, forked_by

TESTS = Path(__file__).parents[1]
ENVIRONMENT = {"PYTHONPATH": str(TESTS)}
"""What whoever starts such workers needs in its own."""
HYBRIDFACE = "import sys; from support.staged_worker import hybridface; sys.exit(hybridface(sys.argv.pop(1)))"
"""The command `hybridface` as a program of Python; HOW comes before its arguments."""


def command(how: str) -> tuple[str, ...]:
    """What starts such a worker of this process."""
    what, _, server = how.partition("=")
    staged = (sys.executable, "-m", "support.staged_worker", how)
    return *(forked_by(server) if what == "forked-by" else staged), TIED, str(os.getpid())


def hybridface(how: str) -> int:
    """The exit status of the command."""
    from hybridface_operator import cli
    from hybridface_operator.commands import local
    from hybridface_operator.local.settings import LocalSettings

    with patch.object(local, "LocalSettings", partial(LocalSettings, command=command(how))):
        return cli.main()


def hybridface_in(folder: Path, how: str, arguments: list[str]) -> int:
    """The same with that folder as the working one, and these arguments."""
    os.chdir(folder)
    sys.argv[1:] = arguments
    return hybridface(how)


def main(how: str, *arguments: str) -> int:
    """The exit status of the worker."""
    from hybridface_worker.cli import main as work
    from hybridface_worker.contract import layout
    from support.mortal_worker import die_at

    match how.partition("="):
        case "dies-of", _, chunk:
            die_at(lambda begun: layout.chunk_id(begun) == chunk)
        case "holds-after", _, number:
            _hold_after(int(number))
        case _:
            raise ValueError(how)
    return work(list(arguments))


def _hold_after(chunks: int) -> None:
    from hybridface_worker.pipeline.commit import ChunkResult, Ledger

    left, told = threading.Semaphore(chunks), threading.Event()
    commit, install = Ledger.commit, signal.signal

    def held(self: Ledger, result: ChunkResult) -> None:
        if not left.acquire(blocking=False):
            told.wait()
        commit(self, result)

    def heard(number: int, handler: Any) -> Any:
        def both(given: int, frame: FrameType | None) -> None:
            handler(given, frame)
            told.set()

        return install(number, both if callable(handler) else handler)

    Ledger.commit = held  # type: ignore[method-assign]  # that is the point
    signal.signal = heard  # type: ignore[assignment]  # the same


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
