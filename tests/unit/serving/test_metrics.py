"""What Prometheus reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hybridface_operator.consul_kv.policy_state import PolicyState, Refusal
from hybridface_operator.credentials.errors import StsAwayError
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway
from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.price import Quote
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.reconciling.observed import Settings
from hybridface_operator.reconciling.records import AttemptEnd, EndCause
from hybridface_operator.reconciling.seen import PodState, pod_state
from hybridface_operator.routing.breakers import trip
from hybridface_operator.routing.fallback import private_only
from hybridface_operator.routing.placement import Placement, Share, Verdict
from hybridface_operator.serving.gauges import Gauges
from hybridface_operator.serving.known import Known
from hybridface_operator.serving.looking import Looker
from hybridface_operator.serving.metrics import Metrics
from hybridface_operator.serving.mirror import Mirror
from hybridface_operator.serving.settings import Timing
from hybridface_operator.serving.world import World
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.reasons import Reason
from support.attempts import INVENTORY, JOB
from support.worked import CHUNK

PAGE = Path(__file__).parents[3] / "docs/reference/metrics.md"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
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


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(f"hybridface_{name}", labels)


def gauges(metrics, world=None, mirror=None, lag=0.0, age=0.0, leads=True):
    metrics.registry.register(
        Gauges(
            world or World(INVENTORY, Tenants()),
            mirror or Mirror(),
            leads=lambda: leads,
            lag_seconds=lambda: lag,
            watch_age_seconds=lambda: age,
            clock=lambda: NOW,
        )
    )


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
    looker = Looker(
        cast("Any", None),
        World(INVENTORY, Tenants()),
        Mirror(),
        {},
        work_uri="s3://work/c/",
        timing=Timing(),
        settings=Settings(),
        clock=lambda: NOW,
        metrics=metrics,
    )
    committed = {"a": "done", "b": "failed"}
    known = cast("Known", SimpleNamespace(memory=SimpleNamespace(committed=committed, take_fresh=list), counted=None))
    looker._count(known)
    assert value(metrics, "chunks_total", outcome="done") == 0
    committed |= {"c": "done", "d": "done"}
    looker._count(known)
    looker._count(known)
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


def test_every_phase_is_shown_and_a_phase_that_nobody_knows_is_pending(metrics):
    mirror = Mirror()
    for number, phase in enumerate(["Swapping", "Swapping", "Dreaming", None]):
        metadata = {"uid": str(number), "name": str(number), "namespace": "studio", "resourceVersion": "1"}
        mirror.see(Kind.FACE_SWAP_JOB, {"metadata": metadata, "status": {"phase": phase} if phase else None})
    gauges(metrics, mirror=mirror)
    assert value(metrics, "jobs", phase="Swapping") == 2
    assert value(metrics, "jobs", phase="Pending") == 2
    assert value(metrics, "jobs", phase="Failed") == 0


def test_the_policy_in_force_is_shown_by_its_digest_beside_the_refusal_of_another(metrics):
    policy = private_only(INVENTORY)
    refusal = Refusal(Reason.POLICY_REFUSED, "not JSON", NOW)
    state = PolicyState(policy, policy.digest(), 7, NOW - timedelta(minutes=5), refusal, last_contact=NOW)
    gauges(metrics, World(INVENTORY, Tenants(), policy_state=state))
    assert value(metrics, "policy_info", digest=policy.digest()) == 1
    assert value(metrics, "policy_age_seconds") == 300
    assert value(metrics, "policy_refused") == 1
    assert value(metrics, "consul_connected") == 1


def test_before_any_policy_there_is_neither_digest_nor_age(metrics):
    gauges(metrics)
    assert "hybridface_policy_info{" not in metrics.exposition().decode()
    assert value(metrics, "policy_age_seconds") is None


def test_quotes_that_are_not_believed_are_counted_whosever_they_are(metrics):
    gauges(metrics, World(INVENTORY, Tenants(), refused_quotes={"aws-spot": "NaN", "nowhere": "no such pool"}))
    assert value(metrics, "prices_refused") == 2


def test_prices_are_fixed_or_quoted_and_quotes_have_an_age(metrics):
    quote = Quote(price=Decimal("0.31"), currency="USD", observed_at="2026-05-01T11:50:00Z", source="a test")
    gauges(metrics, World(INVENTORY, Tenants(), quotes={"aws-spot": quote}))
    assert value(metrics, "price_per_gpu_hour", pool="aws-spot") == 0.31
    assert value(metrics, "price_age_seconds", pool="aws-spot") == 600
    assert value(metrics, "price_per_gpu_hour", pool="private") == 0
    assert value(metrics, "price_age_seconds", pool="private") is None


def test_a_pool_is_left_alone_while_its_breaker_is_open(metrics):
    now, before = (trip(None, NOW - timedelta(days=days), private_only(INVENTORY)) for days in (0, 1))
    state = OperatorState(breakers={"aws-spot": now, "private": before})
    gauges(metrics, World(INVENTORY, Tenants(), state=state))
    assert value(metrics, "breaker_open", pool="aws-spot") == 1
    assert value(metrics, "breaker_open", pool="private") == 0


def test_one_that_waits_for_the_lease_says_that_it_does_not_lead(metrics):
    gauges(metrics, leads=False)
    assert value(metrics, "leading") == 0


def test_one_that_leads_says_so_and_how_old_its_view_is(metrics):
    gauges(metrics, lag=3, age=4)
    assert value(metrics, "leading") == 1
    assert (value(metrics, "reconcile_lag_seconds"), value(metrics, "watch_age_seconds")) == (3, 4)


def test_the_reference_page_lists_every_metric_with_its_labels_and_nothing_else(metrics):
    policy = private_only(INVENTORY)
    quote = Quote(price=Decimal("0.31"), currency="USD", observed_at="2026-05-01T11:50:00Z", source="a test")
    state = PolicyState(policy, policy.digest(), 7, NOW)
    gauges(metrics, World(INVENTORY, Tenants(), policy_state=state, quotes={"aws-spot": quote}))
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
