"""What jobs in a cluster have in the pools, as far as their Jobs and statuses tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hybridface_operator.reconciling.seen import JobState
from hybridface_operator.rounds.facts import Load, load_of_jobs
from hybridface_operator.spec.objects import Body, is_over


def frames_left(bodies: Iterable[Body]) -> dict[str, int]:
    """Frames and images that each FaceSwapJob has still to do, by its uid. Before its plan nobody knows."""
    left = {}
    for body in bodies:
        progress = (body.get("status") or {}).get("progress") or {}
        if not is_over(body) and progress:
            left[body["metadata"]["uid"]] = max(0, int(progress["frames"]) - int(progress["framesDone"]))
    return left


def loads(jobs: Mapping[str, Sequence[JobState]], left: Mapping[str, int], private: Sequence[str]) -> list[Load]:
    """One for each FaceSwapJob.

    Args:
        jobs: the Jobs of its attempts, by its uid.
        left: frames that it has still to do, by its uid.
        private: private pools. What runs nowhere waits for each of them, as in a placement pass.
    """
    return [_load(jobs.get(uid, ()), left.get(uid, 0), private) for uid in {**jobs, **left}]


def _load(jobs: Iterable[JobState], left: int, private: Sequence[str]) -> Load:
    reserved = load_of_jobs(jobs).reserved
    gpus = sum(reserved.values())
    if not gpus:
        return Load(frames=dict.fromkeys(private, left))
    return Load(reserved, {pool: left * share // gpus for pool, share in reserved.items()})
