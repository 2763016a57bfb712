"""Accounts for what was done and for what workers committed: in the metrics, and in what is known of pools."""

from __future__ import annotations

from collections import Counter

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling.ending import no_room
from hybridface_operator.reconciling.observed import Observed
from hybridface_operator.reconciling.records import AttemptEnd, EndCause

from .known import Known
from .learning import attempt_ended, pods_found_no_node
from .metrics import Metrics
from .mirror import Mirror
from .world import World


class Accounts:
    """Of all jobs."""

    def __init__(self, world: World, mirror: Mirror, metrics: Metrics) -> None:
        self._world = world
        self._mirror = mirror
        self._metrics = metrics

    def applied(self, known: Known, seen: Observed, action: act.Action) -> None:
        """An action was applied."""
        match action:
            case act.EndAttempt(cause=EndCause.UNSCHEDULED):
                self._found_no_node(seen, action.number)
            case act.RecordExit():
                self._worker_ended(known, seen, action.exit.worker)
            case act.RecordEnd():
                self._attempt_ended(known, seen, action.end)

    def storage_was_read(self, known: Known) -> None:
        """Counts chunks that were committed since; what an earlier operator saw is not counted again."""
        fresh = known.memory.take_fresh()
        outcomes = Counter(known.memory.committed.values())
        done, failed = outcomes["done"], outcomes["failed"]
        if known.counted is not None:
            for manifest in fresh:
                attempt = known.memory.attempts.get(manifest.attempt)
                if attempt is not None:
                    self._metrics.worked(attempt.pool, manifest)
            self._metrics.committed(done=done - known.counted[0], failed=failed - known.counted[1])
        known.counted = (done, failed)

    def _found_no_node(self, seen: Observed, number: int) -> None:
        """The pool's breaker trips, unless its nodes have gone: then the capacity gate says so by itself."""
        attempt = next(attempt for attempt in seen.attempts if attempt.number == number)
        if not no_room(attempt, seen):
            world = self._world
            world.state = pods_found_no_node(world.state, attempt.pool, world.policy, seen.now)

    def _worker_ended(self, known: Known, seen: Observed, worker: str) -> None:
        for attempt in seen.attempts:
            for pod in attempt.pods:
                if pod.name == worker:
                    self._metrics.pod_ended(attempt.pool, pod, known.memory.last_commits.get(worker))

    def _attempt_ended(self, known: Known, seen: Observed, end: AttemptEnd) -> None:
        """Those of its pods that are gone need not be remembered any more."""
        pods = [pod for attempt in seen.attempts if attempt.number == end.attempt for pod in attempt.pods]
        self._metrics.attempt_ended(end, pods)
        frames = known.memory.committed_by.get(end.attempt, 0)
        self._world.state = attempt_ended(self._world.state, end, frames, seen.models)
        of_attempt = (pod for pod in self._mirror.pods(seen.ref.uid).values() if pod.attempt == end.attempt)
        self._mirror.forget_pods(seen.ref.uid, [pod.name for pod in of_attempt if pod.gone])
