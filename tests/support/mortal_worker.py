"""A worker that is killed the moment it begins a chunk of one kind, as one that wants more memory than there is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.pipeline.commit import Ledger


def die_of(target: str) -> None:
    """From now on nobody in this process begins a chunk of that target and lives."""
    die_at(lambda chunk: chunk.target == target)


def die_at(is_fatal: Callable[[ChunkRef], bool]) -> None:
    """From now on nobody in this process begins such a chunk and lives."""
    begin = Ledger.begin

    def fatal(self: Ledger, chunk: ChunkRef) -> bool:
        begun = begin(self, chunk)
        if begun and is_fatal(chunk):
            os.kill(os.getpid(), signal.SIGKILL)
        return begun

    Ledger.begin = fatal  # type: ignore[method-assign]  # that is the point
