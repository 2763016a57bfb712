"""What all jobs together hold in the pools, and what is left there. Asks nobody and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from .capacity import closed_pools, free_gpus
from .facts import Load, load_of_jobs, reserved_gpus
from .known import Jobs
from .mirror import Mirror
from .world import World


class Pools:
    """The pools, as far as world, mirror and the jobs that were reconciled tell."""

    def __init__(self, world: World, mirror: Mirror, jobs: Jobs) -> None:
        self._world = world
        self._mirror = mirror
        self._jobs = jobs
        self._left: tuple[dict[str, int], frozenset[str]] | None = None

    def begin_round(self) -> None:
        """What is left is counted anew when it is next asked for."""
        self._left = None

    def left(self) -> tuple[dict[str, int], frozenset[str]]:
        """Free GPUs by pool, and pools that take nothing, counted once in a round: it goes over every job."""
        if self._left is None:
            self._left = self.free_gpus(), self.closed()
        return self._left

    def free_gpus(self) -> dict[str, int]:
        """GPUs that nobody holds or was promised, by pool; of none where nodes are not known."""
        nodes = self._mirror.nodes()
        if nodes is None:
            return {}
        return free_gpus(self._world.inventory, nodes, self._world.held_gpus, reserved_gpus(self.loads()))

    def closed(self) -> frozenset[str]:
        """Pools none of whose nodes takes pods; none where nodes are not known."""
        return closed_pools(self._world.inventory, self._mirror.nodes() or ())

    def loads(self) -> Iterator[Load]:
        """What every job has in the pools, as it was reconciled last or as its Jobs tell, and what it was given."""
        for job in self._jobs.values():
            yield from (load for load in (job.load, job.promised) if load is not None)
        for uid, jobs in self._mirror.unfinished_jobs():
            known = self._jobs.get(uid)
            if known is None or known.load is None:
                yield load_of_jobs(jobs)
