"""Jobs as they are observed, built up from small parts: attempts, Jobs, pods, ends of workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hybridface_operator.planning.settled import Settled
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.reconciling.actions import Step
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.observed import AttemptView, Observed, Settings
from hybridface_operator.reconciling.records import AttemptEnd, EndCause
from hybridface_operator.reconciling.seen import JobState, PodState, Unscheduled
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_worker.contract.manifest import OutputReport, WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import FaceBox, Finding, ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef
from hybridface_worker.contract.task import (
    Attempt,
    MergeShard,
    MergeTask,
    ProbeShard,
    ProbeTask,
    SwapShard,
    SwapTask,
)
from support.jobs import manifest
from support.plans import inputs, models, plan, video, video_info

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
REF = JobRef(namespace="studio", name="spring", uid="4f6f0a52-91f5-4c2e-8d5f-2b3b6a1d2c11")
PLAN = plan(video("clip", 256))
CHUNKS = tuple(PLAN.chunks())
"""Four of 64 frames."""
OUTPUTS = tuple(PLAN.published())
FACE = FaceBox(box=(0, 0, 9, 9), points=((1, 1), (2, 1), (1, 2), (1, 3), (2, 3)), score=0.9)


def ago(seconds: float) -> datetime:
    """So long before NOW."""
    return NOW - timedelta(seconds=seconds)


def job(**spec: Any) -> FaceSwapJob:
    """The job, with fields of its spec set."""
    metadata = {"name": "spring", "namespace": "studio", "uid": REF.uid, "generation": 1}
    body = manifest(sensitivity="internal", **spec) | {
        "metadata": metadata | {"creationTimestamp": ago(600).isoformat()}
    }
    return FaceSwapJob.model_validate(body)


def new(*, spec: dict[str, Any] | None = None, **changes: Any) -> Observed:
    """A job of which nothing is known but its specification."""
    whole = {"job": job(**(spec or {})), "models": models(), "sensitivity": Sensitivity.INTERNAL, **changes}
    whole = {"settings": Settings(probe_bytes=1), **whole}
    return Observed(now=NOW, ref=REF, **whole)


def probing(**changes: Any) -> Observed:
    """A job whose inputs are known: one image of one source, three targets."""
    return new(**{"inputs": inputs(("a", "b", "c")), **changes})


def swapping(**changes: Any) -> Observed:
    """A job with a plan of four chunks and one output."""
    return new(**{"inputs": inputs(("clip",)), "plan": PLAN, **changes})


def merging(**changes: Any) -> Observed:
    """A job all of whose chunks are done."""
    return swapping(**{"committed": dict.fromkeys(CHUNKS, "done"), **changes})


def swap(number: int, *shards: tuple[ChunkRef, ...], pool: str = "private", **parts: Any) -> AttemptView:
    """A Swap attempt over those chunks, by default all in one shard."""
    work = SwapTask(shards=tuple(SwapShard(chunks=own) for own in shards or (CHUNKS,)))
    return _attempt(number, work, pool, **parts)


def probe(number: int, *shards: ProbeShard, pool: str = "private", **parts: Any) -> AttemptView:
    """A Probe attempt; by default the sources, then three targets together."""
    dealt = shards or (ProbeShard(sources=(0, 1), targets=(0, 0)), ProbeShard(sources=(0, 0), targets=(0, 3)))
    whole = {"detector": models().detector, "faces": PLAN.faces, "limits": PLAN.limits, "shards": dealt}
    return _attempt(number, ProbeTask(**whole), pool, **parts)


def merge(number: int, *ranges: tuple[int, int], pool: str = "private", **parts: Any) -> AttemptView:
    """A Merge attempt, by default of the one output."""
    return _attempt(
        number, MergeTask(shards=tuple(MergeShard(outputs=each) for each in ranges or ((0, 1),))), pool, **parts
    )


def _attempt(number: int, work: ProbeTask | SwapTask | MergeTask, pool: str, **parts: Any) -> AttemptView:
    """Its Job runs, unless `job` says something else."""
    price = parts.pop("price", None)
    document = Attempt(attempt=number, job=REF, pool=pool, work=work, price_per_gpu_hour=price)
    return AttemptView(document, **{"job": kube_job(number, pool=pool), **parts})


def kube_job(attempt: int, **changes: Any) -> JobState:
    """A Job that runs."""
    fields = {"name": f"spring-{attempt}", "uid": f"job-{attempt}", "attempt": attempt, "pool": "private"}
    state = {"created": ago(300), "parallelism": 1, "finished": False, "deleting": False, "suspended": False}
    return JobState(**{**fields, **state, **changes})


def pod(attempt: int = 1, index: int = 0, **changes: Any) -> PodState:
    """A pod that has run for five minutes."""
    fields: dict[str, Any] = {
        "name": f"spring-{attempt}-{index}",
        "uid": f"pod-{attempt}-{index}",
        "attempt": attempt,
        "index": index,
        "phase": "Running",
        "node": "n",
        "created": ago(300),
        "scheduled": ago(300),
        "finished": None,
        "exit_code": None,
        "disrupted": False,
        "deleting_since": None,
        "unscheduled": None,
        "image_id": "",
        "gone": False,
    }
    return PodState(**{**fields, **changes})


def ended_pod(status: int | None, **changes: Any) -> PodState:
    """A pod whose worker ended; without a status its worker never ran."""
    return pod(**{"phase": "Failed" if status else "Succeeded", "exit_code": status, "finished": ago(10), **changes})


def unscheduled(seconds: float, message: str = "0/3 nodes: Insufficient nvidia.com/gpu", **changes: Any) -> PodState:
    """A pod that found no node for so long."""
    waiting = Unscheduled(ago(seconds), message)
    return pod(**{"phase": "Pending", "node": None, "scheduled": None, "unscheduled": waiting, **changes})


def end(attempt: int, cause: EndCause = EndCause.FINISHED, **changes: Any) -> AttemptEnd:
    """How an attempt ended."""
    fields = {"attempt": attempt, "pool": "private", "phase": "swap", "cause": cause, "cost": Decimal(0)}
    return AttemptEnd(**{**fields, "ended_at": NOW.isoformat(), **changes})


def exits(*ends: WorkerExit) -> dict[str, WorkerExit]:
    """By worker."""
    return {each.worker: each for each in ends}


def died(attempt: int, shard: int = 0, *, status: int = 137, counts: bool = True, again: int = 0) -> WorkerExit:
    """The end of a worker that counts as a try of what it had in hand."""
    name = f"w-{attempt}-{shard}-{again}"
    return WorkerExit(worker=name, attempt=attempt, shard=shard, status=status, counts=counts)


def found(seen: Observed, *ranges: tuple[int, int]) -> dict[int, ProbeResult]:
    """What Probe found: the sources in shard 0, then targets by ranges."""
    assert seen.inputs is not None
    sources = tuple(ProbedSource(source=each.source, item=each.item, face=FACE) for each in seen.inputs.sources)
    rows = [
        tuple(
            ProbedItem(target=each.target, item=each.item, media=video_info(100))
            for each in seen.inputs.targets[slice(*own)]
        )
        for own in ranges
    ]
    results = [ProbeResult(shard=0, sources=sources)]
    results += [ProbeResult(shard=number, items=items) for number, items in enumerate(rows, 1)]
    return {result.shard: result for result in results}


def reports(the_plan: Plan = PLAN, outcome: str = "published") -> dict[int, Settled]:
    """What came of every output."""
    return {place: Settled.by(each) for place, each in enumerate(written_reports(the_plan, outcome).values())}


def written_reports(the_plan: Plan = PLAN, outcome: str = "published") -> dict[Any, OutputReport]:
    """The reports on every output, by source and output."""
    finding = Finding(reason=Reason.CHUNK_FAILED, message="chunk 0-64 failed") if outcome == "failed" else None
    return {
        (source, each): OutputReport.model_validate(
            {
                "job": REF,
                "source": source,
                "target": each.target,
                "item": each.item,
                "uri": f"s3://results/{each.path}",
                "outcome": outcome,
                "finding": finding,
            }
        )
        for source, each in the_plan.published()
    }


def kinds(step: Step) -> list[str]:
    """Names of the step's actions."""
    return [type(action).__name__ for action in step.actions]


def after_records(seen: Observed) -> Observed:
    """As it is observed once what ended is written down."""
    for action in advance(seen).actions:
        match type(action).__name__:
            case "RecordExit":
                seen = replace(seen, exits={**seen.exits, action.exit.worker: action.exit})
            case "RecordEnd":
                seen = replace(
                    seen,
                    attempts=tuple(
                        replace(each, end=action.end) if each.number == action.end.attempt else each
                        for each in seen.attempts
                    ),
                )
    return seen
