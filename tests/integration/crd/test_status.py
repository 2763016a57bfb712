"""What the operator reports, as the API server keeps it and kubectl shows it."""

from __future__ import annotations

import pytest

from hybridface_operator.reconciling.records import EndCause
from hybridface_operator.spec.status import (
    MAX_POOLS,
    AttemptsStatus,
    Condition,
    ConditionType,
    FaceSwapJobStatus,
    JobPhase,
    OutputsStatus,
    PlacedShare,
    PlacementStatus,
    PoolCost,
    PoolGpuSeconds,
    PoolVerdict,
    ProgressStatus,
    UsageStatus,
    WaitingWork,
)
from hybridface_worker.contract.reasons import Reason
from support.jobs import manifest
from support.waiting import soon

JOBS = "apis/hybridface.dev/v1alpha1/namespaces/default/faceswapjobs"
NOW = "2026-05-01T12:00:00Z"
POOLS = [f"pool-{number:058}" for number in range(MAX_POOLS)]
LARGEST = FaceSwapJobStatus(
    observed_generation=3,
    conditions=tuple(
        Condition(
            type=kind,
            status="True",
            reason=Reason.IN_PROGRESS,
            message="x" * 2000,
            last_transition_time=NOW,
            observed_generation=3,
        )
        for kind in ConditionType
    ),
    phase=JobPhase.SWAPPING,
    placement=PlacementStatus(
        decision=7,
        rule="campaign-overflow",
        pools="private,aws-spot",
        price="0.31 USD",
        shares=tuple(PlacedShare(pool=pool, shards=2, parallelism=1) for pool in POOLS),
        waiting=WaitingWork(shards=4, reason=Reason.NO_FREE_GPUS, message="for a GPU of private"),
        verdicts=tuple(
            PoolVerdict(
                pool=pool,
                fit=False,
                reason=Reason.PRICE_ABOVE_CAP,
                message="y" * 2000,
                price="0.5",
                price_observed_at=NOW,
            )
            for pool in POOLS
        ),
        policy_digest="0" * 64,
        policy_revision=2**63 - 1,
    ),
    progress=ProgressStatus.counted(chunks=120, chunks_done=87, chunks_failed=0, frames=7680, frames_done=5568),
    usage=UsageStatus(
        gpu_seconds=tuple(PoolGpuSeconds(pool=pool, seconds=3600) for pool in POOLS),
        video_seconds="256.0",
        cost=tuple(PoolCost(pool=pool, amount="0.31") for pool in POOLS),
        total_cost="9.92",
        currency="USD",
    ),
    outputs=OutputsStatus(count=12, failed=1, index="s3://results/spring/_hybridface/default.a/index.json"),
    attempts=AttemptsStatus(started=9, last_cause=EndCause.RECLAIMED),
    start_time=NOW,
    completion_time=NOW,
)


@pytest.fixture(scope="module")
def job(api):
    body = manifest(sensitivity="internal")
    body["metadata"] = {"name": "with-a-status"}
    answer = api.create(JOBS, body, keep=True)
    assert answer.taken, answer.message
    yield answer.body
    api.delete(f"{JOBS}/with-a-status")


def test_an_object_that_nobody_has_looked_at_is_not_taken_for_ready(job):
    assert job["status"] == {"observedGeneration": -1, "phase": "Pending"}


def test_the_largest_status_is_kept_whole_and_shown(api, plane, job):
    answer = api.replace(f"{JOBS}/with-a-status/status", job | {"status": LARGEST.to_wire()}, keep=True)
    assert answer.taken, answer.message
    assert FaceSwapJobStatus.from_wire(answer.body["status"]) == LARGEST

    header, line = plane.kubectl("get", "fsj", "with-a-status").splitlines()
    assert header.split() == ["NAME", "PHASE", "POOL", "PROGRESS", "AGE"]
    assert line.split()[:-1] == ["with-a-status", "Swapping", "private,aws-spot", "87/120"]

    header, line = plane.kubectl("get", "fsj", "with-a-status", "-o", "wide").splitlines()
    assert header.split() == ["NAME", "PHASE", "POOL", "PROGRESS", "RULE", "PRICE", "SENSITIVITY", "AGE"]
    assert "campaign-overflow   0.31 USD   internal" in line


def test_a_status_does_not_reach_the_specification(api, job):
    now = api.get(f"{JOBS}/with-a-status").body
    answer = api.replace(f"{JOBS}/with-a-status/status", now | {"spec": job["spec"] | {"chunkFrames": 128}})
    assert answer.taken, answer.message
    assert answer.body["spec"]["chunkFrames"] == 64


def test_jobs_are_among_all_that_a_namespace_has(plane, job):
    assert "faceswapjob.hybridface.dev/with-a-status" in plane.kubectl("get", "all", "--output=name")


def test_fields_are_explained(plane, job):
    def explained():
        try:
            return plane.kubectl("explain", "fsj.spec.sensitivity")
        except RuntimeError as unknown:  # what is served is described a moment later
            return str(unknown)

    soon(explained, lambda said: "`restricted` work never leaves private nodes." in said)
