"""What happens to a cluster does not lose a chunk, double a Job, or leave anything behind."""

from __future__ import annotations

import json
import signal
from functools import partial

import pytest

from support.clips import clip
from support.runs import portrait
from support.waiting import soon


def swapping(home, name: str) -> dict[str, str]:
    """The commits of a job, once there is one and more are to come: ETags by key."""
    return soon(lambda: home.commits(name), lambda seen: 0 < len(seen) < 4, seconds=90)


def kept(home, name: str, before: dict[str, str]) -> bool:
    """Whether no committed chunk was committed again."""
    after = home.commits(name)
    return len(after) == 4 and all(after[key] == etag for key, etag in before.items())


def of_tenant(home, kind):
    root = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
    found = home.plane.read(f"{root}/namespaces/{home.namespace}/{kind}?labelSelector=hybridface.dev/uid")
    return [each["metadata"]["name"] for each in found["items"]]


def test_suspend_lets_go_of_everything_and_resume_goes_on(home, pods):
    home.apply(home.manifest("held", {"clip": clip("cfr")}))
    before = swapping(home, "held")

    home.patch("held", {"spec": {"suspend": True}})
    suspended = soon(lambda: home.condition("held", "Suspended"), lambda each: each.get("status") == "True")
    assert suspended["reason"] == "SuspendedByUser"
    soon(
        lambda: [pod for pod in pods() if pod["status"].get("phase") == "Running"],
        lambda running: not running,
        seconds=60,
    )
    home.patch("held", {"spec": {"suspend": False}})

    home.done("held")
    assert kept(home, "held", before)


def test_an_operator_that_is_killed_goes_on_where_it_was(home):
    home.apply(home.manifest("orphan", {"clip": clip("cfr")}))
    before = swapping(home, "orphan")
    started = home.job("orphan")["status"]["attempts"]["started"]

    home.stop_operator(signal.SIGKILL)
    home.start_operator()

    job = home.done("orphan", seconds=150)
    assert kept(home, "orphan", before)
    assert job["status"]["attempts"]["started"] - started <= 2


def test_a_deleted_job_leaves_nothing_behind_but_its_outputs(home):
    home.apply(home.manifest("gone", {"clip": clip("cfr")}))
    swapping(home, "gone")

    home.plane.kubectl("delete", "fsj", "gone", f"-n={home.namespace}")

    for kind in ("jobs", "pods", "secrets"):
        soon(partial(of_tenant, home, kind), lambda names: not names, seconds=60)


@pytest.mark.parametrize("what", ["job", "pod"])
def test_what_somebody_deletes_behind_the_operators_back_is_made_again(home, what):
    name = f"robbed-{what}"
    home.apply(home.manifest(name, {"clip": clip("cfr")}))
    before = swapping(home, name)
    swap = [each for each in of_tenant(home, f"{what}s") if "-s-" in each]

    home.plane.kubectl("delete", what, swap[-1], f"-n={home.namespace}", "--wait=false")

    home.done(name, seconds=150)
    assert kept(home, name, before)


def test_an_api_server_that_is_away_for_a_while_costs_nothing_nor_does_a_token_that_is_rotated_meanwhile(home):
    home.apply(home.manifest("patient", {"clip": clip("cfr")}))
    before = swapping(home, "patient")

    home.plane.stop_apiserver()
    home.access.rotate()
    home.plane.start_apiserver()

    home.revive()
    home.done("patient", seconds=150)
    assert kept(home, "patient", before)


def test_a_second_operator_waits_until_the_first_lets_go(home):
    second = home.another()
    second.start_operator()
    soon(second.operator_log, lambda log: "lease.wanted" in log)
    home.apply(home.manifest("led", {"still": portrait()}))
    home.done("led")
    assert "lease.held" not in second.operator_log()

    assert home.stop_operator() == 0
    soon(second.operator_log, lambda log: "lease.held" in log)
    home.apply(home.manifest("led-again", {"still": portrait()}))
    home.done("led-again")
    second.stop_operator()
    home.start_operator()


def test_a_policy_that_is_refused_leaves_the_last_good_one_in_force(home):
    home.publish_policy({"version": 1, "default": {"place": ["nowhere"]}})
    soon(home.operator_log, lambda log: "policy.refused" in log)
    home.apply(home.manifest("steady", {"still": portrait()}))

    job = home.done("steady")

    assert job["status"]["placement"]["rule"] == "bulk"
    home.consul.stop()
    try:
        home.stop_operator()
        home.start_operator()
        home.apply(home.manifest("remembered", {"still": portrait()}))
        assert home.done("remembered")["status"]["placement"]["rule"] == "bulk"
    finally:
        home.consul.start()
        home.restore_policy()


def test_every_recorded_decision_replays(home, tmp_path):
    home.apply(home.manifest("told", {"still": portrait()}))
    home.done("told")

    for number, document in enumerate(home.decisions("told")):
        path = tmp_path / f"{number}.json"
        path.write_bytes(document)
        assert json.loads(document)["placement"]["verdicts"]
        home.hybridface("explain", f"--decision={path}")
