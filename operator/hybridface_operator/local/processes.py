"""Worker processes: started, listened to, told to stop, and never left behind. Knows nothing of jobs or chunks."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from signal import SIGTERM
from types import TracebackType
from typing import Any, Self

from hybridface_operator.errors import Interrupted
from hybridface_worker.contract.events import Event

Line = Mapping[str, Any]
"""One event of a worker, as it wrote it."""

_LONGEST_LINE_BYTES = 2**20
_LAST_WORDS = 12


@dataclass(frozen=True)
class Ending:
    """How a process ended."""

    status: int
    """The exit status; minus the signal's number where a signal ended it."""
    failure: Line | None = None
    """Its last `failed` event: reason, message, exit_code."""
    last_words: tuple[str, ...] = ()
    """The last lines that it wrote to standard error, or to standard output without being an event."""

    @property
    def words(self) -> str:
        """What it said of its end, in one line; empty where it said nothing."""
        if self.failure is not None and self.failure.get("message"):
            return str(self.failure["message"])
        return self.last_words[-1] if self.last_words else ""


class Processes:
    """The processes of one job. Leaving the context ends every one that still lives.

    They are their parent's business alone: each is in a session of its own, so that Ctrl-C on the terminal reaches
    only the parent, which then asks them to stop.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, grace_seconds: float) -> None:
        self._command = tuple(command)
        self._env = dict(env)
        self._grace_seconds = grace_seconds
        self._living: set[asyncio.subprocess.Process] = set()
        self._killer: asyncio.TimerHandle | None = None
        self._told = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether they were told to stop: how they end then says nothing of their work, and none is started."""
        return self._told.is_set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._told.set()
        if self._killer is not None:
            self._killer.cancel()
        self.kill()
        for process in tuple(self._living):
            await process.wait()

    def stop(self) -> None:
        """Asks every process to end, and kills what is still there after the grace; a second call kills at once."""
        if self.stopping:
            self.kill()
            return
        self._told.set()
        for process in self._living:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(SIGTERM)
        self._killer = asyncio.get_running_loop().call_later(self._grace_seconds, self.kill)

    def kill(self) -> None:
        """Ends every process at once."""
        for process in self._living:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def run(self, arguments: Sequence[str], env: Mapping[str, str], on_event: Callable[[Line], None]) -> Ending:
        """Runs one process to its end; its events are handed on as they come.

        Raises:
            Interrupted: the processes were told to stop before this one began.
        """
        if self._told.is_set():
            raise Interrupted("told to stop")
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self._env, **env},
            limit=_LONGEST_LINE_BYTES,
            start_new_session=True,
        )
        self._living.add(process)
        if self._told.is_set():  # while it was being started
            process.send_signal(SIGTERM)
        try:
            return await self._listen(process, on_event)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            self._living.discard(process)

    async def _listen(self, process: asyncio.subprocess.Process, on_event: Callable[[Line], None]) -> Ending:
        last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        failure: Line | None = None

        async def events() -> None:
            nonlocal failure
            async for line in _lines(process.stdout):
                event = _event(line)
                if event is None:
                    last_words.append(line)
                    continue
                if event["event"] == Event.FAILED:
                    failure = event
                on_event(event)

        async def errors() -> None:
            async for line in _lines(process.stderr):
                last_words.append(line)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(events())
            tasks.create_task(errors())
        return Ending(await process.wait(), failure, tuple(last_words))


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """Lines without their ends; one that is too long for a line is dropped."""
    if stream is None:
        return
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        text = line.decode(errors="replace").rstrip()
        if text:
            yield text


def _event(line: str) -> Line | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
