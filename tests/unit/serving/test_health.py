"""What probes and Prometheus get from the operator's port."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.timing import Timing
from hybridface_operator.serving.health import HealthServer, Readiness, staleness
from support.processes import free_port

TIMING = Timing(watch_stale_seconds=120, lag_stale_seconds=300)


def asked(path, *, alive="", ready="", metrics=None):
    async def ask():
        server = HealthServer(
            0, alive=lambda: alive, ready=lambda: ready, metrics=metrics or Metrics(), host="127.0.0.1"
        )
        async with (
            server,
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{server.port}{path}") as response,
        ):
            return response.status, await response.text(), response.headers["Content-Type"]

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_while_all_is_well_it_says_so(path):
    assert asked(path)[:2] == (200, "ok\n")


def test_what_is_wrong_is_said_as_plain_text():
    assert asked("/healthz", alive="a watch was answered 200 s ago")[:2] == (503, "a watch was answered 200 s ago\n")
    assert asked("/readyz", ready="the first lists are not in")[:2] == (503, "the first lists are not in\n")


def test_an_operator_that_is_not_ready_lives_all_the_same():
    assert asked("/healthz", ready="the first lists are not in")[0] == 200


def test_prometheus_reads_the_metrics():
    metrics = Metrics()
    metrics.committed(done=3, failed=0)
    status, text, kind = asked("/metrics", metrics=metrics)
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'hybridface_chunks_total{outcome="done"} 3.0\n' in text


def test_there_is_nothing_else():
    assert asked("/")[0] == 404


def test_a_port_that_is_taken_is_said_to_be():
    async def twice():
        first = HealthServer(0, alive=str, ready=str, metrics=Metrics(), host="127.0.0.1")
        async with first, HealthServer(first.port, alive=str, ready=str, metrics=Metrics(), host="127.0.0.1"):
            pass

    with pytest.raises(OSError, match="address already in use"):
        asyncio.run(twice())


def test_the_port_is_free_again_afterwards():
    async def one_after_the_other():
        port = free_port()
        for _ in range(2):
            async with HealthServer(port, alive=str, ready=str, metrics=Metrics(), host="127.0.0.1") as server:
                assert server.port == port

    asyncio.run(one_after_the_other())


@pytest.mark.parametrize(
    ("watch", "lag", "said"),
    [
        (0, 0, ""),
        (120, 300, ""),
        (121, 0, "a watch was answered 121 s ago, more than 120 s"),
        (0, 301, "a job has waited to be reconciled for 301 s, more than 300 s"),
    ],
)
def test_a_stale_watch_or_a_job_left_lying_means_death(watch, lag, said):
    assert staleness(watch, lag, TIMING) == said


def test_one_that_waits_for_the_lease_is_ready_to_take_over():
    assert Readiness().trouble() == ""


def test_readiness_names_all_that_is_missing():
    readiness = Readiness(leads=True)
    assert readiness.trouble() == "the first lists are not in; Consul has said nothing of the policy yet"
    readiness.listed = readiness.policy_heard = True
    assert readiness.trouble() == ""
