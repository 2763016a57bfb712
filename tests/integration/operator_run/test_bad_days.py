"""What happens to a cluster does not lose a chunk, double a Job, or leave anything behind."""

from __future__ import annotations

import json
import signal
from functools import partial

import pytest

from support.clips import clip
from support.runs import portrait
from support.waiting import soon

FRAMES, CHUNKS = 130, 3


def swapping(home, name: str) -> dict[str, str]:
    """The commits of a job with a clip, once there is one: ETags by key. The others wait until pods are let go."""
    home.kubelets.hold(name, "swap", from_frame=1)
    home.apply(home.manifest(name, {"clip": clip("cfr", FRAMES)}))
    return soon(lambda: home.commits(name), lambda seen: len(seen) == 1)


def kept(home, name: str, before: dict[str, str]) -> bool:
    """Whether no committed chunk was committed again."""
    after = home.commits(name)
    return len(after) == CHUNKS and all(after[key] == etag for key, etag in before.items())


def of_tenant(home, kind):
    root = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
    found = home.plane.read(f"{root}/namespaces/{home.namespace}/{kind}?labelSelector=hybridface.dev/uid")
    return [each["metadata"]["name"] for each in found["items"]]


def test_suspend_lets_go_of_everything_and_resume_goes_on(home, pods):
    before = swapping(home, "held")

    home.patch("held", {"spec": {"suspend": True}})
    suspended = soon(lambda: home.condition("held", "Suspended"), lambda each: each.get("status") == "True")
    assert suspended["reason"] == "SuspendedByUser"
    soon(
        lambda: [pod for pod in pods() if pod["status"].get("phase") == "Running"],
        lambda running: not running,
    )
    home.kubelets.let_go()
    home.patch("held", {"spec": {"suspend": False}})

    home.done("held")
    assert kept(home, "held", before)


def test_an_operator_that_is_killed_goes_on_where_it_was(home):
    before = swapping(home, "orphan")
    started = home.job("orphan")["status"]["attempts"]["started"]

    home.stop_operator(signal.SIGKILL)
    home.start_operator()
    home.kubelets.let_go()

    job = home.done("orphan")
    assert kept(home, "orphan", before)
    assert job["status"]["attempts"]["started"] - started <= 2


def test_a_deleted_job_leaves_nothing_behind_but_its_outputs(home):
    swapping(home, "gone")

    home.plane.kubectl("delete", "fsj", "gone", f"-n={home.namespace}")

    for kind in ("jobs", "pods", "secrets"):
        soon(partial(of_tenant, home, kind), lambda names: not names)


@pytest.mark.parametrize("what", ["job", "pod"])
def test_what_somebody_deletes_behind_the_operators_back_is_made_again(home, what):
    name = f"robbed-{what}"
    before = swapping(home, name)
    swap = [each for each in of_tenant(home, f"{what}s") if "-s-" in each]

    home.plane.kubectl("delete", what, swap[-1], f"-n={home.namespace}", "--wait=false")
    home.kubelets.let_go()

    home.done(name)
    assert kept(home, name, before)


def test_an_api_server_that_is_away_for_a_while_costs_nothing_nor_does_a_token_that_is_rotated_meanwhile(home):
    before = swapping(home, "patient")

    home.plane.stop_apiserver()
    home.access.rotate()
    home.plane.start_apiserver()
    home.kubelets.let_go()

    home.done("patient")
    assert kept(home, "patient", before)


def test_a_second_operator_waits_until_the_first_lets_go(home):
    second = home.another()
    second.start_operator()
    try:
        soon(second.operator_log, lambda log: "lease.wanted" in log)
        home.apply(home.manifest("led", {"still": portrait()}))
        home.done("led")
        assert "lease.held" not in second.operator_log()

        assert home.stop_operator() == 0
        soon(second.operator_log, lambda log: "lease.held" in log)
        home.apply(home.manifest("led-again", {"still": portrait()}))
        home.done("led-again")
    finally:
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
