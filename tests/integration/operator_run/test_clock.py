"""An operator on a node whose clock is wrong judges by the API server's."""

from __future__ import annotations

import pytest

from support.runs import portrait
from support.waiting import soon

TEN_MINUTES_AHEAD = """
import sys
from datetime import timedelta
from hybridface_operator.kube import clock
from hybridface_operator.serving.main import main

right = clock.local_now
clock.ServerClock.__init__.__defaults__ = (lambda: right() + timedelta(minutes=10),)
sys.exit(main([]))
"""
LONG = {"HYBRIDFACE_DEAD_POD_SECONDS": "300"}
"""With the grace of a pod less than ten minutes, and longer than a test."""
LOOKS = "hybridface_reconcile_seconds_count"


@pytest.fixture
def early(home):
    """An estate whose operator's clock is ahead."""
    home.stop_operator()
    operator = home.operator
    usual = operator.program, operator.times, operator.forked
    operator.program, operator.times, operator.forked = ("-c", TEN_MINUTES_AHEAD), {**operator.times, **LONG}, False
    home.start_operator()
    yield home
    home.stop_operator()
    operator.program, operator.times, operator.forked = usual


def swapping(pods) -> list[dict[str, object]]:
    """The metadata of Swap pods that run."""
    running = [each["metadata"] for each in pods() if each["status"].get("phase") == "Running"]
    return [each for each in running if each["labels"]["hybridface.dev/phase"] == "swap"]


def test_a_pod_has_all_of_its_grace_where_the_clock_of_the_operator_is_ahead(early, pods):
    early.kubelets.hold("patient", "swap")
    early.apply(early.manifest("patient", {"still": portrait()}))
    soon(lambda: swapping(pods), bool)
    assert -601 <= early.metric("hybridface_clock_offset_seconds") <= -599

    node = f"private-0-{early.prefix}"
    early.kubelets.die(node)
    early.patch("patient", {"spec": {"suspend": True}})
    soon(lambda: swapping(pods), lambda seen: any("deletionTimestamp" in each for each in seen))
    looks = early.metric(LOOKS)
    soon(lambda: early.metric(LOOKS), lambda now: now > looks + 1)
    assert swapping(pods)

    early.kubelets.come_back(node)
    early.kubelets.let_go()
    early.patch("patient", {"spec": {"suspend": False}})
    early.done("patient")
    assert "pod.removed" not in early.operator_log()
