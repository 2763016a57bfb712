"""What happened, counted: attempts, placements, waits, errors. `gauges` tells what is.

Labels are bounded: pools of inventories, phases, codes of enums, classes of errors; never a job. None is called as one
that a scrape adds, such as `service`: Prometheus would rename ours.
"""

from __future__ import annotations

from collections.abc import Collection

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram

from hybridface_operator.credentials.errors import MintingError
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.policy.types import moment
from hybridface_operator.reconciling.observed import Observed
from hybridface_operator.reconciling.records import AttemptEnd
from hybridface_operator.reconciling.seen import PodState
from hybridface_operator.routing.placement import Placement
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.reasons import Reason

# When each series began would be twice the series, and nobody asks.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # typed in part

_PEERS: tuple[tuple[type[Exception], str], ...] = (
    (KubeError, "kubernetes"),
    (StoreError, "storage"),
    (MintingError, "credentials"),
)
_OTHER = "other"
_WAITS_SECONDS = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
_PRELOADS_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600)
_PEAKS_BYTES = tuple(2**exponent for exponent in range(28, 37))
_RECONCILES_SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60)


class Metrics:
    """The operator's counters and histograms, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.reconcile = self._histogram(
            "reconcile_seconds",
            "Time to reconcile one job, including everything that was done for it.",
            (),
            _RECONCILES_SECONDS,
        )
        self.round = self._histogram(
            "round_seconds", "Time of one round over all jobs that are due.", (), _RECONCILES_SECONDS
        )
        self._placements = self._counter(
            "placements", "Placement decisions, by pool: `Placed`, or why the pool got no work.", ("pool", "reason")
        )
        self._waits = self._histogram(
            "queue_wait_seconds",
            "Time from a job's creation, or the end of its previous phase, to the first placement of a phase.",
            ("phase",),
            _WAITS_SECONDS,
        )
        self._attempts = self._counter("attempts", "Attempts that ended, by cause.", ("pool", "phase", "cause"))
        self._chunks = self._counter("chunks", "Committed chunks: `done` or `failed`.", ("outcome",))
        self.committed(done=0, failed=0)  # a series that begins with its first failure shows no increase
        self._gpu_seconds = self._counter(
            "gpu_seconds", "GPU-seconds that pods held, counted when their attempt ends.", ("pool",)
        )
        self._cost = self._counter(
            "estimated_cost",
            "Estimated cost of those GPU-seconds at the price of their placement, in the policy's currency.",
            ("pool",),
        )
        self._stages = self._counter(
            "stage_seconds",
            "Seconds for which stages of Swap were busy with committed chunks. Stages overlap.",
            ("stage",),
        )
        self._elapsed = self._counter("worker_seconds", "Seconds that workers spent on committed chunks.", ("pool",))
        self._busy = self._counter(
            "device_busy_seconds", "Seconds of them in which a model ran on the worker's device.", ("pool",)
        )
        self._halvings = self._counter(
            "batch_halvings", "Times that a worker halved its batch because memory ran out.", ("pool",)
        )
        self._peaks = self._histogram(
            "worker_peak_memory_bytes",
            "Peak memory of a worker's process, observed at each committed chunk.",
            ("pool",),
            _PEAKS_BYTES,
        )
        self._lost = self._counter(
            "reclaim_lost_seconds",
            "GPU-seconds lost to disruptions: since a disrupted pod's last committed chunk.",
            ("pool",),
        )
        self._preloads = self._histogram(
            "preload_seconds", "Time that pods took to fetch models.", ("pool",), _PRELOADS_SECONDS
        )
        self._errors = self._counter(
            "errors",
            "Errors that made work wait, by the service that was asked and the class of the error.",
            ("peer", "kind"),
        )
        self._notifications = self._counter("notifications", "Webhooks: `delivered` or `givenUp`.", ("outcome",))
        self._sweeps = self._counter(
            "sweeps", "Removed scratch folders: of a `finished` job, or an `orphan`.", ("kind",)
        )

    def placed(self, placement: Placement, seen: Observed) -> None:
        """A decision was recorded."""
        shares = {share.pool for share in placement.shares}
        for verdict in placement.verdicts:
            reason = Reason.PLACED if verdict.pool in shares else verdict.reason
            self._placements.labels(verdict.pool, reason.value).inc()
        waited = queue_wait_seconds(seen, placement)
        if waited is not None:
            self._waits.labels(placement.phase).observe(waited)

    def attempt_ended(self, end: AttemptEnd, pods: Collection[PodState]) -> None:
        """It was written down how an attempt ended, whose pods were these."""
        self._attempts.labels(end.pool, end.phase, end.cause.value).inc()
        self._gpu_seconds.labels(end.pool).inc(end.gpu_seconds)
        self._cost.labels(end.pool).inc(float(end.cost))
        for pod in pods:
            if pod.preload_seconds is not None:
                self._preloads.labels(end.pool).observe(pod.preload_seconds)

    def pod_ended(self, pool: str, pod: PodState, last_commit: str | None) -> None:
        """A pod ended without having done all its work; `last_commit` is when it committed its last chunk."""
        since = pod.held_since
        if not pod.disrupted or since is None or pod.finished is None:
            return
        since = max(since, moment(last_commit)) if last_commit else since
        self._lost.labels(pool).inc(max(0.0, (pod.finished - since).total_seconds()))

    def committed(self, *, done: int, failed: int) -> None:
        """So many more chunks were found to be committed."""
        self._chunks.labels("done").inc(max(0, done))
        self._chunks.labels("failed").inc(max(0, failed))

    def worked(self, pool: str, manifest: ChunkManifest) -> None:
        """A chunk was found to be committed, by a worker in that pool: what it took."""
        usage = manifest.usage
        for stage in type(manifest.stages).model_fields:
            self._stages.labels(stage).inc(getattr(manifest.stages, stage) / 1000)
        self._elapsed.labels(pool).inc(usage.elapsed / 1000)
        self._busy.labels(pool).inc(usage.device_busy / 1000)
        self._halvings.labels(pool).inc(usage.halvings)
        if usage.peak_memory:
            self._peaks.labels(pool).observe(usage.peak_memory)

    def error(self, error: Exception) -> None:
        """Something could not be done, and is tried again."""
        peer = next((name for kind, name in _PEERS if isinstance(error, kind)), _OTHER)
        self._errors.labels(peer, type(error).__name__).inc()

    def notified(self, outcome: str) -> None:
        """A webhook was told, or given up."""
        self._notifications.labels(outcome).inc()

    def swept(self, kind: str) -> None:
        """A folder of scratch was removed."""
        self._sweeps.labels(kind).inc()

    def exposition(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return prometheus_client.generate_latest(self.registry)

    def _counter(self, name: str, says: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"hybridface_{name}", says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"hybridface_{name}", says, labels, registry=self.registry, buckets=buckets)


def queue_wait_seconds(seen: Observed, placement: Placement) -> float | None:
    """How long the phase waited for its place; None where nothing is placed, or the phase has had a place before."""
    if not placement.shares or any(attempt.work.phase == placement.phase for attempt in seen.attempts):
        return None
    ended = [moment(attempt.end.ended_at) for attempt in seen.attempts if attempt.end is not None]
    return max(0.0, (seen.now - max(ended, default=seen.created)).total_seconds())
