"""What Prometheus reads."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hybridface_operator.consul_kv.policy_state import PolicyState
from hybridface_operator.credentials.errors import StsAwayError
from hybridface_operator.kube.errors import KubeAway
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.reconciling.records import AttemptEnd, EndCause
from hybridface_operator.reconciling.seen import PodState, pod_state
from hybridface_operator.rounds.accounting import Accounts
from hybridface_operator.rounds.known import Known
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.rounds.world import World
from hybridface_operator.routing.placement import Placement, Share, Verdict
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.reasons import Reason
from support.attempts import INVENTORY, JOB
from support.gauges import NOW, OFFERS_SPOT, QUOTE, gauges, value
from support.worked import CHUNK

PAGE = Path(__file__).parents[3] / "docs/reference/metrics.md"
END = AttemptEnd(
    attempt=1,
    pool="aws-spot",
    phase="swap",
    cause=EndCause.RECLAIMED,
    gpu_seconds=90.5,
    cost=Decimal("0.0125"),
    ended_at="2026-05-01T11:59:00+00:00",
)
PLACEMENT = Placement(
    job=JOB,
    phase="swap",
    rule="default",
    shares=(Share(pool="private", shards=2, parallelism=1),),
    verdicts=(
        Verdict(pool="private", fit=True, reason=Reason.FITS, message="8 free"),
        Verdict(pool="aws-spot", fit=False, reason=Reason.PRICE_TOO_OLD, message="16 min old"),
    ),
)


def pod(**changes) -> PodState:
    fields = {
        "name": "w",
        "uid": "u",
        "attempt": 1,
        "index": 0,
        "phase": "Failed",
        "node": "n",
        "created": NOW - timedelta(seconds=200),
        "scheduled": NOW - timedelta(seconds=100),
        "finished": NOW,
        "exit_code": None,
        "disrupted": True,
        "deleting_since": None,
        "unscheduled": None,
        "image_id": "",
        "gone": True,
    }
    return PodState(**{**fields, **changes})


def seen(*ends: AttemptEnd, now=NOW, created=NOW - timedelta(seconds=30)):
    attempts = [SimpleNamespace(end=end, work=SimpleNamespace(phase=end.phase)) for end in ends]
    return SimpleNamespace(now=now, created=created, attempts=attempts)


@pytest.fixture
def metrics():
    return Metrics()


def test_an_attempt_that_ends_is_counted_with_its_cause_its_time_and_its_cost(metrics):
    metrics.attempt_ended(END, [pod(preload_seconds=4.0), pod(preload_seconds=None)])
    assert value(metrics, "attempts_total", pool="aws-spot", phase="swap", cause="Reclaimed") == 1
    assert value(metrics, "gpu_seconds_total", pool="aws-spot") == 90.5
    assert value(metrics, "estimated_cost_total", pool="aws-spot") == 0.0125
    assert value(metrics, "preload_seconds_count", pool="aws-spot") == 1
    assert value(metrics, "preload_seconds_sum", pool="aws-spot") == 4


def test_a_decision_says_of_every_pool_what_it_got_or_why_not(metrics):
    metrics.placed(PLACEMENT, seen())
    assert value(metrics, "placements_total", pool="private", reason="Placed") == 1
    assert value(metrics, "placements_total", pool="aws-spot", reason="PriceTooOld") == 1


def test_the_first_phase_waited_since_the_job_was_created(metrics):
    metrics.placed(PLACEMENT.model_copy(update={"phase": "probe"}), seen())
    assert value(metrics, "queue_wait_seconds_sum", phase="probe") == 30


def test_a_later_phase_waited_since_the_one_before_it_ended(metrics):
    metrics.placed(PLACEMENT, seen(END.model_copy(update={"phase": "probe"}), created=NOW - timedelta(days=1)))
    assert value(metrics, "queue_wait_seconds_sum", phase="swap") == 60


def test_what_is_placed_again_has_waited_in_no_queue(metrics):
    metrics.placed(PLACEMENT, seen(END))
    assert value(metrics, "queue_wait_seconds_count", phase="swap") is None


def test_what_still_waits_is_not_a_wait_that_ended(metrics):
    metrics.placed(PLACEMENT.model_copy(update={"shares": ()}), seen())
    assert value(metrics, "queue_wait_seconds_count", phase="swap") is None


@pytest.mark.parametrize(
    ("last_commit", "lost"),
    [(None, 100), ("2026-05-01T11:59:45.000+00:00", 15), ("2026-05-01T12:00:01.000+00:00", 0)],
)
def test_a_reclaim_costs_what_was_worked_since_the_last_commit(metrics, last_commit, lost):
    metrics.pod_ended("aws-spot", pod(), last_commit)
    assert value(metrics, "reclaim_lost_seconds_total", pool="aws-spot") == lost


def test_a_pod_that_failed_by_itself_was_not_reclaimed(metrics):
    metrics.pod_ended("aws-spot", pod(disrupted=False), None)
    assert value(metrics, "reclaim_lost_seconds_total", pool="aws-spot") is None


def test_a_pod_says_how_long_its_models_took():
    times = {"startedAt": "2026-05-01T12:00:00Z", "finishedAt": "2026-05-01T12:00:07Z"}
    body = {
        "metadata": {
            "name": "w",
            "uid": "u",
            "creationTimestamp": "2026-05-01T11:59:00Z",
            "labels": {"hybridface.dev/attempt": "1", "batch.kubernetes.io/job-completion-index": "0"},
        },
        "status": {"initContainerStatuses": [{"name": "preload", "state": {"terminated": times}}]},
    }
    assert pod_state(body).preload_seconds == 7
    del body["status"]
    assert pod_state(body).preload_seconds is None


def test_chunks_are_counted_as_they_are_found_and_not_again_by_the_next_operator(metrics):
    accounts = Accounts(World(INVENTORY, Tenants()), Mirror(), metrics)
    committed = {"a": "done", "b": "failed"}
    known = cast("Known", SimpleNamespace(memory=SimpleNamespace(committed=committed, take_fresh=list), counted=None))
    accounts.storage_was_read(known)
    assert value(metrics, "chunks_total", outcome="done") == 0
    committed |= {"c": "done", "d": "done"}
    accounts.storage_was_read(known)
    accounts.storage_was_read(known)
    assert value(metrics, "chunks_total", outcome="done") == 2
    assert value(metrics, "chunks_total", outcome="failed") == 0


@pytest.mark.parametrize(
    ("error", "peer"),
    [
        (KubeAway("no answer"), "kubernetes"),
        (StoreError(Reason.SERVICE_AWAY, "no answer"), "storage"),
        (StsAwayError("no answer"), "credentials"),
        (OSError("no space"), "other"),
    ],
)
def test_errors_are_counted_by_who_was_asked_and_class(metrics, error, peer):
    metrics.error(error)
    assert value(metrics, "errors_total", peer=peer, kind=type(error).__name__) == 1


def test_the_reference_page_lists_every_metric_with_its_labels_and_nothing_else(metrics):
    state = PolicyState(OFFERS_SPOT, OFFERS_SPOT.digest(), 7, NOW)
    gauges(metrics, World(INVENTORY, Tenants(), policy_state=state, quotes={"aws-spot": QUOTE}))
    metrics.attempt_ended(END, [pod(preload_seconds=4.0)])
    metrics.placed(PLACEMENT, seen())
    metrics.pod_ended("aws-spot", pod(), None)
    metrics.committed(done=1, failed=1)
    metrics.worked("aws-spot", CHUNK)
    metrics.error(OSError())
    metrics.notified("delivered")
    metrics.swept("orphan")
    families = list(text_string_to_metric_families(metrics.exposition().decode()))
    assert [family.name for family in families if not family.samples] == []
    there = {
        (
            f"{family.name}_total" if family.type == "counter" else family.name,
            family.type,
            frozenset(label for sample in family.samples for label in sample.labels) - {"le"},
            family.documentation,
        )
        for family in families
    }
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    listed = {(name, kind, frozenset(re.findall(r"`(\w+)`", labels)), says) for name, kind, labels, says in rows}
    assert listed == there
