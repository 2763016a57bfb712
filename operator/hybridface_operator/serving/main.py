"""`hybridface-operator`: the process. Signals end it in good order; what it cannot mend ends it with a status."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from hybridface_operator.errors import OperatorError, UsageError
from hybridface_worker import __version__
from hybridface_worker.contract.errors import TaskError, WorkerError

from .logs import configure
from .serve import serve

log = structlog.get_logger()

_COLLECT_AFTER = (5_000, 20, 10)
"""Objects made until the youngest are gone through, and so on: bodies and documents make very many and no cycles."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the operator until it is told to stop. Exit status 0 then, 1 where it cannot go on, 2 on wrong settings."""
    _parser().parse_args(arguments)
    configure()
    gc.freeze()  # what was imported stays, and need not be gone through again and again
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        asyncio.run(_until_told(os.environ))
    except (UsageError, TaskError) as error:
        log.error("refused", why=str(error))  # noqa: TRY400 - what is wrong with the settings needs no traceback
        return 2
    except (OperatorError, WorkerError, OSError) as error:
        log.error("ended", why=str(error))  # noqa: TRY400 - the same
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hybridface-operator",
        description="Works the FaceSwapJobs of a cluster until it is told to stop. It takes no arguments: settings are"
        " environment variables, HYBRIDFACE_*, which docs/reference/settings.md lists; the chart sets them.",
    )
    parser.add_argument("--version", action="version", version=f"hybridface-operator {__version__}")
    return parser


async def _until_told(env: Mapping[str, str]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, told.set)

    listen()
    serving = asyncio.create_task(serve(env, listen))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving.done():
        _raise_first(serving)
        return
    log.info("stopping")
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


def _raise_first(ended: asyncio.Task[None]) -> None:
    """Raises what ended it; of several things that did, the first."""
    error = ended.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is not None:
        raise error


if __name__ == "__main__":
    sys.exit(main())
