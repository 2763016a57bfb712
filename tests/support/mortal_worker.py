"""Workers that something happens to the moment they begin a chunk: they are killed, or they wait."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.pipeline.commit import Ledger

_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Wait:
    """What is to happen to a worker at its work happens while it waits, however fast or slow machines are."""

    gates: tuple[Path, ...]
    """It goes on once one of these files is there."""
    from_frame: int = 0
    """It begins chunks that start before this frame without waiting."""

    def go(self) -> None:
        """Goes on."""
        self.gates[-1].touch()

    def in_chunks(self) -> None:
        """From now on whoever begins a chunk in this process waits, and then has it in hand."""

        def waits(chunk: ChunkRef) -> None:
            if chunk.start >= self.from_frame:
                self.now()

        _once_begun(waits)

    def now(self) -> None:
        """Waits."""
        while not any(gate.exists() for gate in self.gates):
            time.sleep(_LOOK_SECONDS)


def die_of(target: str) -> None:
    """From now on nobody in this process begins a chunk of that target and lives."""
    die_at(lambda chunk: chunk.target == target)


def die_at(is_fatal: Callable[[ChunkRef], bool]) -> None:
    """From now on nobody in this process begins such a chunk and lives, as one that wants more memory than there is."""

    def dies(chunk: ChunkRef) -> None:
        if is_fatal(chunk):
            os.kill(os.getpid(), signal.SIGKILL)

    _once_begun(dies)


def _once_begun(happens: Callable[[ChunkRef], None]) -> None:
    begin = Ledger.begin

    def eventful(self: Ledger, chunk: ChunkRef) -> bool:
        begun = begin(self, chunk)
        if begun:
            happens(chunk)
        return begun

    Ledger.begin = eventful  # type: ignore[method-assign]  # that is the point
