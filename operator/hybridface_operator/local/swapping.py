"""The Swap phase on this machine: what remains is dealt out until nothing does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hybridface_operator.errors import JobStopped
from hybridface_operator.planning.deal import deal
from hybridface_operator.planning.tries import exhausted, too_many_tries
from hybridface_operator.storage.records import COORDINATOR, Records
from hybridface_worker.contract import layout
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.task import SwapShard, SwapTask

from .listener import Listener
from .runner import FRUITLESS_ENDS, Patience, Runner, ShardEnd


class Swapping:
    """Works chunks of one job until each is committed, done or failed."""

    def __init__(self, records: Records, runner: Runner, listener: Listener, *, max_tries: int) -> None:
        self._records = records
        self._runner = runner
        self._listener = listener
        self._max_tries = max_tries

    async def run(self, chunks: Sequence[ChunkRef], *, shards: int) -> None:
        """Has every one of the chunks committed.

        Raises:
            JobStopped: an attempt ended and had got nowhere, or as the runner raises it.
            Interrupted: as the runner raises it.
        """
        left = self._remaining(chunks)
        frames = sum(chunk.length for chunk in chunks)
        self._listener.phase("swap", total=frames, done=frames - sum(chunk.length for chunk in left))
        states: list[tuple[int, int]] = []
        while left:
            tries = self._records.tries(left)
            states.append((len(left), sum(len(ends) for ends in tries.values())))
            if states.count(states[-1]) > FRUITLESS_ENDS:
                raise JobStopped(f"workers said that they were done, and left {len(left)} chunks undone")
            dealt = deal(left, shards, tried=tries)
            attempt = self._records.new_attempt(SwapTask(shards=dealt))
            await self._runner.run(attempt, range(len(dealt)), self._again(dealt))
            left = self._remaining(left)

    def _again(self, dealt: Sequence[SwapShard]) -> Callable[[ShardEnd], bool]:
        """Goes on with a shard that has undone chunks, while each end of a worker left one fewer or was a try."""
        patience = Patience()
        undone = {shard: len(work.chunks) for shard, work in enumerate(dealt)}

        def again(end: ShardEnd) -> bool:
            left = self._remaining(dealt[end.shard].chunks, end.ending.words)
            tries = self._records.tries(left)
            tried = any(each.worker == end.exit.worker for ends in tries.values() for each in ends)
            if tried or len(left) < undone[end.shard]:
                patience.fruitful(end.shard)
            elif left:
                patience.fruitless(end)
            undone[end.shard] = len(left)
            return bool(left)

        return again

    def _remaining(self, chunks: Sequence[ChunkRef], words: str = "") -> list[ChunkRef]:
        """Those not committed, once those that were tried too often are committed as failed."""
        committed = self._records.committed(chunks)
        left = [chunk for chunk in chunks if chunk not in committed]
        lost = exhausted(self._records.tries(left), self._max_tries)
        for chunk, ends in lost.items():
            finding = too_many_tries(ends, words)
            self._records.fail_chunk(chunk, finding, attempt=ends[-1].attempt, shard=ends[-1].shard)
            line = {"event": Event.CHUNK_COMMITTED, "chunk": layout.chunk_id(chunk), "outcome": "failed"}
            self._listener.event(COORDINATOR, {**line, **finding.model_dump(mode="json"), "frames": 0})
        return [chunk for chunk in left if chunk not in lost]
