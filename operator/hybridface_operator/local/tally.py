"""How far a phase is, from what workers say. Frames that a worker lost with its life are taken off again."""

from __future__ import annotations

from collections import defaultdict

from hybridface_operator.spec.labels import Phase
from hybridface_worker.contract.events import Event

from .processes import Line


class Tally:
    """Counts one phase: items of Probe, frames of Swap, outputs of Merge."""

    def __init__(self, phase: Phase, *, total: int, done: int) -> None:
        self.phase = phase
        self.total = total
        self._behind = done
        """Of things that are not counted in frames; and of workers that ended."""
        self._told: defaultdict[str, int] = defaultdict(int)
        """Frames by worker that left its last stage; of a chunk that failed all may be among them, or none."""
        self._settled: defaultdict[str, int] = defaultdict(int)
        """Frames by worker of chunks that are committed, done or failed."""

    @property
    def done(self) -> int:
        """How much of the total."""
        workers = self._told.keys() | self._settled.keys()
        in_hand = sum(max(self._told[worker], self._settled[worker]) for worker in workers)
        return min(self.total, self._behind + in_hand)

    def event(self, worker: str, line: Line) -> None:
        """Counts one event of a worker."""
        match self.phase, line.get("event"):
            case ("probe", Event.ITEM_PROBED) | ("merge", Event.OUTPUT_PUBLISHED | Event.OUTPUT_FAILED):
                self._behind += 1
            case "swap", Event.PROGRESS:
                self._told[worker] += int(line.get("frames", 0))
            case "swap", Event.CHUNK_COMMITTED:
                failed = line.get("outcome") == "failed"
                self._settled[worker] += _length(str(line.get("chunk"))) if failed else int(line.get("frames", 0))
            case _:
                return

    def ended(self, worker: str) -> None:
        """A worker ended: what it had in hand is still to be done."""
        self._told.pop(worker, None)
        self._behind += self._settled.pop(worker, 0)


def _length(chunk: str) -> int:
    """Frames of a chunk, by its id."""
    start, _, end = chunk.rpartition("/")[2].partition("-")
    return int(end) - int(start) if start.isdigit() and end.isdigit() else 0
