"""How far a phase is, from what workers say. Frames that a worker lost with its life are taken off again."""

from __future__ import annotations

from collections import defaultdict

from hybridface_operator.local.listener import Phase
from hybridface_operator.local.processes import Line
from hybridface_worker.contract.events import Event


class Tally:
    """Counts one phase: items of Probe, frames of Swap, outputs of Merge."""

    def __init__(self, phase: Phase, *, total: int, done: int) -> None:
        self.phase = phase
        self.total = total
        self.done = done
        self._in_hand: defaultdict[str, int] = defaultdict(int)
        """Frames by worker that were told of and are not committed."""

    def event(self, worker: str, line: Line) -> None:
        """Counts one event of a worker."""
        match self.phase, line.get("event"):
            case ("probe", Event.ITEM_PROBED) | ("merge", Event.OUTPUT_PUBLISHED | Event.OUTPUT_FAILED):
                self._add(1)
            case "swap", Event.PROGRESS:
                frames = int(line.get("frames", 0))
                self._in_hand[worker] += frames
                self._add(frames)
            case "swap", Event.CHUNK_COMMITTED if line.get("outcome") == "failed":
                self._add(_length(str(line.get("chunk"))))
            case "swap", Event.CHUNK_COMMITTED:
                self._in_hand[worker] -= int(line.get("frames", 0))
            case _:
                return

    def ended(self, worker: str) -> None:
        """A worker ended: what it had in hand is still to be done."""
        self._add(-max(0, self._in_hand.pop(worker, 0)))

    def _add(self, count: int) -> None:
        self.done = min(self.total, max(0, self.done + count))


def _length(chunk: str) -> int:
    """Frames of a chunk, by its id."""
    start, _, end = chunk.rpartition("/")[2].partition("-")
    return int(end) - int(start) if start.isdigit() and end.isdigit() else 0
