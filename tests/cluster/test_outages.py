"""Ten jobs on a day on which everything goes away once: all of them finish, as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from support.chart import NAMESPACE
from support.clips import clip
from support.cluster_release import WORK
from support.waiting import soon

SECONDS = 500
SEED = 8
NAMES = [f"day-{number}" for number in range(10)]
CLIPS = [clip("cfr", 130), clip("vfr", 70)]
WRITES = 150
"""Fewer records than the jobs leave: operators are killed after so many of them at most."""
KILLS = 4
STORAGE_AWAY_SECONDS = 30

pytestmark = pytest.mark.timeout(2 * SECONDS)


@dataclass
class Day:
    """What was done to the cluster."""

    killed: list[str] = field(default_factory=list)
    """Operators that led and were killed, one after the other."""
    broken_off: int = 0
    """Uploads that storage took with it."""


@pytest.fixture(scope="module")
def day(cluster, studio, gate):
    seen = Day()
    for pool in ("private", "cloud"):
        cluster.set_gpus(pool, 2)
    begun = len(written(gate))
    moments = iter(sorted(random.Random(SEED).sample(range(1, WRITES), KILLS)))

    def after_writes(count):
        soon(lambda: len(written(gate)) - begun, lambda now: now >= count, seconds=SECONDS)

    with away(cluster.consul):
        for number, name in enumerate(NAMES):
            studio.apply(name, {"clip": clip_of(number)})
        for _ in range(2):
            after_writes(next(moments))
            seen.killed.append(kill_leader(cluster, studio))
        with gate.holding(lambda request: request.method == "PUT" and "/chunks/" in request.path) as uploads:
            soon(lambda: uploads.requests, bool, seconds=SECONDS)
            with away(cluster.minio):
                uploads.release()
                seen.broken_off = len(uploads.requests)
                time.sleep(STORAGE_AWAY_SECONDS)  # the outage itself
        after_writes(next(moments))
        seen.killed.append(kill_leader(cluster, studio))
        cluster.plane.stop_apiserver()
        cluster.plane.start_apiserver()
        after_writes(next(moments))
        seen.killed.append(kill_leader(cluster, studio))
        studio.done(*NAMES, seconds=SECONDS)
    return seen


def clip_of(number):
    return CLIPS[number % len(CLIPS)]


def written(gate):
    """Records of jobs that storage has taken."""
    return gate.seen(
        lambda request: request.method == "PUT" and request.status == 200 and request.path.startswith(f"/{WORK}/")
    )


@contextmanager
def away(server) -> Iterator[None]:
    """While it lasts the server is not there."""
    server.stop()
    try:
        yield
    finally:
        server.start()


def kill_leader(cluster, studio):
    """Ends the operator that leads as a defect would, without a word; the name of its pod."""

    def leader():
        lease = cluster.get("leases", "hybridface-operator", namespace=NAMESPACE)
        holder = lease["spec"].get("holderIdentity") or ""
        return [pod for pod in studio.operators() if holder.startswith(pod["metadata"]["name"])]

    (pod,) = soon(leader, bool)
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    cluster.nodes["private"].run("ctr", "--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL", container)
    return str(pod["metadata"]["name"])


@pytest.mark.parametrize("name", NAMES)
def test_every_job_is_done_and_its_result_is_that_of_an_undisturbed_run(day, studio, undisturbed, name):
    path = clip_of(NAMES.index(name))
    assert studio.frames(name, f"clip{path.suffix}") == undisturbed(path)


def test_operators_took_over_from_one_another(day, studio):
    assert len(day.killed) == KILLS
    assert len(set(day.killed)) > 1
    assert sum(pod["status"]["containerStatuses"][0]["restartCount"] for pod in studio.operators()) >= KILLS


def test_storage_went_away_in_the_middle_of_uploads(day):
    assert day.broken_off > 0


def test_what_was_away_is_no_try_of_anything(day, studio):
    assert [each for name in NAMES for each in studio.counted(name)] == []
