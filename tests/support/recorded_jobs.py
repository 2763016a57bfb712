"""FaceSwapJobs as tools find them in the cluster, one for each way in which a job can stand.

The statuses are those that the operator's own code writes for what it observes: `advance`, `route`, `status_of`.
`python -m support.recorded_jobs`, in `tests/`, writes them to `tests/data/gitops/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from hybridface_operator.credentials.check import check_access
from hybridface_operator.planning.settled import Settled
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.observed import AttemptView, Observed
from hybridface_operator.reconciling.seen import JobState, PodState
from hybridface_operator.reconciling.status import LastDecision, status_of
from hybridface_operator.routing.allocate import route
from hybridface_operator.routing.facts import Facts
from hybridface_operator.spec.parse import parse_job
from hybridface_operator.spec.status import FaceSwapJobStatus
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef
from hybridface_worker.contract.task import Attempt, SwapShard, SwapTask
from support.jobs import manifest
from support.plans import inputs, models, plan, video
from support.routing import inventory, policy

FOLDER = Path(__file__).parents[1] / "data" / "gitops"
CREATED = datetime(2026, 5, 1, 12, tzinfo=UTC)
REF = JobRef(namespace="studio", name="spring", uid="4f6f0a52-91f5-4c2e-8d5f-2b3b6a1d2c11")
POOLS = inventory(
    {"name": "private", "kind": "private", "maxGpus": 4},
    {"name": "aws-spot", "kind": "cloud", "capacity": "spot", "maxGpus": 8},
)
POLICY = policy(rules=[{"name": "bulk", "when": {"sensitivity": ["internal"]}, "place": ["private", "aws-spot"]}])
_DECIDED = 3

Body = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One object, and how it stands in the eyes of each tool."""

    body: Body
    kstatus: str
    argo: str


def records() -> dict[str, Record]:
    """All of them, by the names of their files."""
    return {name: Record(body, kstatus, argo) for name, kstatus, argo, body in _made()}


def _made() -> Iterator[tuple[str, str, str, Body]]:
    yield "unseen", "InProgress", "Progressing", _body({}, FaceSwapJobStatus())
    new = _seen()
    yield "probing", "InProgress", "Progressing", _told(replace(new, inputs=inputs(("clip",))), free_gpus=1)
    planned = replace(new, inputs=inputs(("clip",)), plan=plan(video("clip", 256)))
    waits = replace(planned, status=_status(planned, free_gpus=0), now=CREATED + timedelta(hours=5))
    yield "waiting", "InProgress", "Progressing", _told(waits, free_gpus=0)
    works = replace(planned, attempts=(_attempt(planned),), now=CREATED + timedelta(minutes=10))
    first = list(_plan(works).chunks())[:2]
    shown = Fraction(sum(chunk.length for chunk in first), 25)
    works = replace(works, committed=dict.fromkeys(first, "done"), video_seconds=shown)
    yield "swapping", "InProgress", "Progressing", _told(works, free_gpus=1)
    held = replace(planned, job=_job(suspend=True, generation=2), status=_status(planned, free_gpus=1))
    yield "suspended", "InProgress", "Suspended", _told(held, suspend=True)
    dear = {"maxCost": "0.1"}
    spent = replace(works, job=_job(budget=dear), attempts=(_attempt(planned, price="1.20"),))
    yield "over-budget", "InProgress", "Suspended", _told(spent, budget=dear)
    no_grant, *_ = check_access(REF.namespace, None, new.job.spec)
    yield "no-grant", "Failed", "Degraded", _told(replace(new, refusal=no_grant))
    done = replace(planned, committed=dict.fromkeys(_plan(planned).chunks(), "done"), indexed=True)
    complete = _told(replace(done, reports=_reports(planned, "published")))
    yield "complete", "Current", "Healthy", complete
    yield "edited", "InProgress", "Progressing", complete | {"metadata": complete["metadata"] | {"generation": 2}}
    yield "failed", "Failed", "Degraded", _told(replace(done, reports=_reports(planned, "failed")))


def _job(generation: int = 1, **spec: Any):
    return parse_job(_body(spec, None, generation=generation))


def _body(spec: Body, status: FaceSwapJobStatus | None, generation: int = 1) -> Body:
    metadata = {
        "name": REF.name,
        "namespace": REF.namespace,
        "uid": REF.uid,
        "generation": generation,
        "creationTimestamp": CREATED.isoformat().replace("+00:00", "Z"),
    }
    body = manifest(sensitivity="internal", **spec) | {"metadata": metadata}
    return body if status is None else body | {"status": status.to_wire()}


def _seen() -> Observed:
    return Observed(
        now=CREATED + timedelta(minutes=1), job=_job(), ref=REF, sensitivity=Sensitivity.INTERNAL, models=models()
    )


def _told(seen: Observed, *, free_gpus: int | None = None, **spec: Any) -> Body:
    """The object, once its status is written; with `free_gpus` what waits has been decided on."""
    return _body(spec, _status(seen, free_gpus=free_gpus), generation=seen.generation)


def _status(seen: Observed, *, free_gpus: int | None = None) -> FaceSwapJobStatus:
    step = advance(seen)
    decided = None
    if free_gpus is not None and step.request is not None:
        pools = {"private": {"freeGpus": free_gpus, "reservedGpus": 4 - free_gpus}}
        facts = Facts.model_validate({"now": seen.now.isoformat(), "pools": pools})
        placed = route(step.request, POOLS, POLICY, facts)
        decided = LastDecision(_DECIDED, placed, "0" * 64, 42)
    return status_of(seen, step, decided, currency="USD", index_uri="s3://results/spring/_hybridface/index.json")


def _attempt(seen: Observed, price: str = "0") -> AttemptView:
    """A Job with one pod, which has held a GPU for five minutes."""
    since = CREATED + timedelta(minutes=5)
    work = SwapTask(shards=(SwapShard(chunks=tuple(_plan(seen).chunks())),))
    document = Attempt(attempt=2, job=REF, pool="private", work=work, decision=_DECIDED, price_per_gpu_hour=price)
    job = JobState(
        name="spring-swap-2",
        uid="9",
        attempt=2,
        pool="private",
        created=since,
        parallelism=1,
        finished=False,
        deleting=False,
        suspended=False,
    )
    pod = PodState(
        name="spring-swap-2-0",
        uid="10",
        attempt=2,
        index=0,
        phase="Running",
        node="private-0",
        created=since,
        scheduled=since,
        finished=None,
        exit_code=None,
        disrupted=False,
        deleting_since=None,
        unscheduled=None,
        image_id="",
        gone=False,
    )
    return AttemptView(document, job, (pod,))


def _plan(seen: Observed):
    assert seen.plan is not None
    return seen.plan


def _reports(seen: Observed, outcome: str) -> dict[int, Settled]:
    finding = Finding(reason=Reason.CHUNK_FAILED, message="chunk actor/clip/v000000/64-128 failed: DecodeError")
    settled = Settled("failed", finding=finding) if outcome == "failed" else Settled("published")
    return dict.fromkeys(range(_plan(seen).published_count), settled)


def text_of(record: Record) -> str:
    """As it lies in its file."""
    return yaml.safe_dump(record.body, sort_keys=False, width=120)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, record in records().items():
        (FOLDER / f"{name}.yaml").write_text(text_of(record))
