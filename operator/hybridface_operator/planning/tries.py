"""How often a chunk has been tried, over all attempts. Only ends of workers that somebody recorded count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from signal import Signals

from hybridface_worker.contract.exit_codes import COUNTED, ExitCode
from hybridface_worker.contract.manifest import TryMarker, WorkerExit
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason

MAX_TRIES_ALONE = 3
"""After so many workers that it ended, alone, a row of the inputs or an output is given up."""
_BY_SIGNAL = 128
"""What a shell or container runtime adds to a signal's number to make an exit status of it."""


def counts(status: int, *, told_to_stop: bool) -> bool:
    """Whether a worker's end is a try of what it had begun.

    It is where a signal ended it or it ended by its own fault; it is not where it was told to stop, by us or by a
    SIGTERM of somebody else, where it said that the work was not the cause, or where it never got so far as to say
    anything of the contract (an interpreter that did not start). `status` is the exit status, or minus the number of
    the signal that ended it.
    """
    if told_to_stop or status in (ExitCode.TERMINATED, -Signals.SIGTERM):
        return False
    return status < 0 or status > _BY_SIGNAL or status in COUNTED


def counted_tries(
    markers: Iterable[TryMarker], exits: Mapping[str, WorkerExit]
) -> dict[ChunkRef, tuple[WorkerExit, ...]]:
    """The ends of workers that count as tries of each chunk, one for each worker, in the order of the markers.

    A worker without a recorded end is alive, or died together with the one who would have recorded it (a power cut,
    kill -9 of everything): the chunk was not the cause.
    """
    tries: defaultdict[ChunkRef, dict[str, WorkerExit]] = defaultdict(dict)
    for marker in markers:
        end = exits.get(marker.worker)
        if end is not None and end.counts:
            tries[marker.chunk][marker.worker] = end
    return {chunk: tuple(ends.values()) for chunk, ends in tries.items()}


def exhausted(tries: Mapping[ChunkRef, tuple[WorkerExit, ...]], limit: int) -> dict[ChunkRef, tuple[WorkerExit, ...]]:
    """The chunks that were tried as often as the plan allows, with the ends of those who tried."""
    return {chunk: ends for chunk, ends in tries.items() if len(ends) >= limit}


def too_many_tries(ends: Iterable[WorkerExit], last_words: str = "") -> Finding:
    """The finding of something that ended every worker that tried it; `last_words` are the last one's."""
    told = ", ".join(describe(end.status) for end in ends)
    said = f"; the last said: {last_words}" if last_words else ""
    return Finding(reason=Reason.TOO_MANY_TRIES, message=f"every worker that tried it ended: {told}{said}")


def describe(status: int) -> str:
    """An exit status in words."""
    if status < 0:
        try:
            return f"signal {Signals(-status).name}"
        except ValueError:
            return f"signal {-status}"
    try:
        return f"exit status {status} ({ExitCode(status).name.lower().replace('_', ' ')})"
    except ValueError:
        return f"exit status {status}"
