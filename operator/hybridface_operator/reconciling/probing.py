"""Probe in a cluster: what is left to look at, what is given up, and when there is enough for a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hybridface_operator.planning.plan import face_selection
from hybridface_operator.planning.probing import deal_probe, given_up, leaves, probe_shards, rows, split
from hybridface_operator.planning.tries import MAX_TRIES_ALONE, too_many_tries
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import WorkerExit
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.task import ProbeShard, ProbeTask

from .observed import Observed, Settings


@dataclass(frozen=True)
class Probing:
    """Where Probe stands."""

    task: ProbeTask
    """What the next attempt is given, if one is needed."""
    missing: tuple[int, ...]
    """Shards without a result that no later ones took apart."""
    given_up: tuple[ProbeResult, ...]
    """What is to be written down in the place of workers that cannot."""

    @property
    def found(self) -> tuple[int, ...]:
        """The shards that together cover every input once."""
        return leaves(self.task.shards)


def progress(seen: Observed, inputs: Inputs) -> Probing:
    """Where Probe stands. Raises ValueError where the job has no models."""
    if seen.models is None:
        raise ValueError("a job whose models are not known is not probed")
    known = [attempt.work for attempt in seen.of(ProbeTask) if isinstance(attempt.work, ProbeTask)]
    dealt: Sequence[ProbeShard] = max((work.shards for work in known), key=len, default=())
    dealt = dealt or _deal(inputs, seen.settings)
    culprits = _culprits(seen)
    suspects = {shard for shard in culprits if shard < len(dealt) and rows(dealt[shard]) > 1}
    if not any(attempt.live for attempt in seen.of(ProbeTask)):
        dealt = split(dealt, suspects & set(leaves(dealt)) - set(seen.probes))
    missing = tuple(shard for shard in leaves(dealt) if shard not in seen.probes)
    refused = tuple(
        given_up(inputs, shard, dealt[shard], too_many_tries(ends))
        for shard, ends in culprits.items()
        if shard in missing and rows(dealt[shard]) == 1 and len(ends) >= MAX_TRIES_ALONE
    )
    faces, limits = face_selection(seen.job.spec), seen.settings.limits
    task = ProbeTask(detector=seen.models.detector, faces=faces, limits=limits, shards=tuple(dealt))
    return Probing(task, missing, refused)


def _deal(inputs: Inputs, settings: Settings) -> tuple[ProbeShard, ...]:
    worth = {"worth_bytes": settings.probe_bytes, "worth_objects": settings.probe_objects}
    return deal_probe(inputs, probe_shards(inputs, most=settings.cpu_shards, **worth))


def _culprits(seen: Observed) -> dict[int, list[WorkerExit]]:
    """The shards whose workers ended by what they looked at; a shard's number means the same in all attempts."""
    numbers = {attempt.number for attempt in seen.of(ProbeTask)}
    ends: dict[int, list[WorkerExit]] = {}
    for end in seen.exits.values():
        if end.counts and end.attempt in numbers:
            ends.setdefault(end.shard, []).append(end)
    return ends


def worker_image(seen: Observed) -> str:
    """The image whose digest most Probe pods have reported, or the one that the operator was given."""
    said: Iterable[str] = (pod.image_id for attempt in seen.of(ProbeTask) for pod in attempt.pods if pod.image_id)
    most = Counter(said).most_common(1)
    return most[0][0] if most else seen.settings.worker_image
