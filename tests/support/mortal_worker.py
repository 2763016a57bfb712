"""A worker that is killed the moment it begins a chunk of one target, as one that wants more memory than there is."""

from __future__ import annotations

import os
import signal

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.pipeline.commit import Ledger


def die_of(target: str) -> None:
    """From now on nobody in this process begins a chunk of that target and lives."""
    begin = Ledger.begin

    def fatal(self: Ledger, chunk: ChunkRef) -> bool:
        begun = begin(self, chunk)
        if begun and chunk.target == target:
            os.kill(os.getpid(), signal.SIGKILL)
        return begun

    Ledger.begin = fatal  # type: ignore[method-assign]  # that is the point
