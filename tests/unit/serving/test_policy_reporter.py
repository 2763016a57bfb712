"""What people are told of a new policy."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hybridface_operator.consul_kv.policy_state import PolicyState, Refusal
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway
from hybridface_operator.manifests.config import POLICY_NAME
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.routing.fallback import private_only
from hybridface_operator.serving.policy_reporter import PolicyReporter
from hybridface_worker.contract.reasons import Reason
from support.fake_api import FakeApi
from support.routing import inventory

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOME = "hybridface"
GOOD = PolicyState(private_only(inventory()), "abc", 7, NOW)
REFUSED = Refusal(Reason.POLICY_REFUSED, 'rules[0].place[0]: there is no pool "nowhere"', NOW, 8)


@pytest.fixture
def api():
    return FakeApi(HOME)


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def tell(api, metrics):
    """Tells of a change; the events that there are afterwards."""
    controller = cast("Any", SimpleNamespace(metrics=metrics))
    settings = cast("Any", SimpleNamespace(namespace=HOME, instance="operator-0"))
    reporter = PolicyReporter(api, controller, settings, lambda: NOW)

    def run(before, after):
        asyncio.run(reporter(before, after))
        return asyncio.run(api.list(Kind.EVENT, HOME))

    return run


def test_a_refusal_is_a_warning_about_the_config_map_of_the_policy_that_stays(api, tell):
    made = api.make(Kind.CONFIG_MAP, {"metadata": {"name": POLICY_NAME, "namespace": HOME}})
    (event,) = tell(GOOD, PolicyState(GOOD.policy, "abc", 7, NOW, REFUSED))
    assert (event["type"], event["reason"]) == ("Warning", "PolicyRefused")
    assert event["note"].startswith("the last good policy stays in force: rules[0].place[0]")
    assert (event["regarding"]["name"], event["regarding"]["uid"]) == (POLICY_NAME, made["metadata"]["uid"])


def test_where_none_was_ever_good_it_says_what_is_used_instead(tell):
    (event,) = tell(PolicyState(), PolicyState(refused=REFUSED))
    assert event["note"].startswith("private pools alone are used: ")
    assert "uid" not in event["regarding"]


def test_a_good_one_after_that_is_told_of_too(tell):
    (event,) = tell(PolicyState(refused=REFUSED), GOOD)
    assert (event["type"], event["reason"]) == ("Normal", "PolicyAccepted")
    assert "index 7" in event["note"]


def test_an_api_server_that_is_away_is_counted_and_no_error(api, tell, metrics):
    def away(*_):
        raise KubeAway("no answer")

    api.before_write = away
    assert tell(GOOD, PolicyState(refused=REFUSED)) == []
    assert b'hybridface_errors_total{kind="KubeAway",peer="kubernetes"} 1.0' in metrics.exposition()
