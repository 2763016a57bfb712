"""The model in memory keeps the contract, so that what is shown with it holds of a server."""

from __future__ import annotations

import asyncio

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway
from support.fake_api import FakeApi
from support.fake_controllers import Controllers, indexes, ranges
from support.kube_contract import KubeContract


class FakeWorld:
    namespace = "studio"
    home = "hybridface"

    def __init__(self):
        self.api = FakeApi(self.namespace, self.home)
        self.controllers = Controllers(self.api)

    def do(self, work):
        return asyncio.run(work)

    def make(self, kind, body):
        return self.api.make(kind, body)

    def remove(self, kind, namespace, name):
        self.api.remove(kind, namespace, name)

    def bind(self, pod, node):
        self._edit(pod, lambda body: body["spec"].update(nodeName=node))

    def say(self, pod, status):
        self._edit(pod, lambda body: body.update(status=status))

    def until(self, look, is_so):
        self.controllers.settle()
        seen = look()
        assert is_so(seen), seen
        return seen

    def _edit(self, pod, change):
        self.api.edit(Kind.POD, pod["metadata"]["namespace"], pod["metadata"]["name"], change)


@pytest.fixture
def world():
    return FakeWorld()


class TestFakeApi(KubeContract):
    pass


def test_a_server_that_is_away_writes_nothing(world):
    def away(verb, kind, body):
        raise KubeAway(f"{verb} {kind}")

    world.api.before_write = away
    with pytest.raises(KubeAway):
        world.do(world.api.put(Kind.CONFIG_MAP, {"metadata": {"name": "a", "namespace": "studio"}}))
    assert world.do(world.api.get(Kind.CONFIG_MAP, "studio", "a")) is None


def test_an_answer_that_is_lost_was_written_all_the_same(world):
    def lost(verb, kind, body):
        raise KubeAway(f"{verb} {kind}")

    world.api.after_write = lost
    with pytest.raises(KubeAway):
        world.do(world.api.put(Kind.CONFIG_MAP, {"metadata": {"name": "a", "namespace": "studio"}}))
    assert world.do(world.api.get(Kind.CONFIG_MAP, "studio", "a")) is not None


def test_watchers_are_told_of_every_change(world):
    told = []
    world.api.watchers.append(lambda change, kind, body: told.append((change, kind, body["metadata"]["name"])))
    world.make(Kind.CONFIG_MAP, {"metadata": {"name": "a", "namespace": "studio"}})
    world.api.edit(Kind.CONFIG_MAP, "studio", "a", lambda body: body.update(data={"x": "1"}))
    world.remove(Kind.CONFIG_MAP, "studio", "a")
    assert told == [(change, Kind.CONFIG_MAP, "a") for change in ("ADDED", "MODIFIED", "DELETED")]


def test_a_change_of_the_spec_is_a_new_generation(world):
    world.make(Kind.JOB, {"metadata": {"name": "a", "namespace": "studio"}, "spec": {"completions": 1}})
    changed = world.api.edit(Kind.JOB, "studio", "a", lambda body: body["spec"].update(suspend=True))
    assert changed["metadata"]["generation"] == 2


def test_with_a_namespace_goes_all_that_is_in_it(world):
    world.make(Kind.CONFIG_MAP, {"metadata": {"name": "a", "namespace": "studio"}})
    world.remove(Kind.NAMESPACE, "", "studio")
    world.until(lambda: world.do(world.api.list(Kind.CONFIG_MAP)), lambda found: not found)


def test_the_pod_of_a_job_never_has_the_name_of_one_that_is_gone(world):
    made = []
    world.api.watchers.append(
        lambda change, kind, body: (
            made.append(body["metadata"]["name"]) if (change, kind) == ("ADDED", Kind.POD) else None
        )
    )
    spec = {"completions": 1, "parallelism": 1, "backoffLimitPerIndex": 6, "template": {"metadata": {}, "spec": {}}}
    world.make(Kind.JOB, {"metadata": {"name": "a", "namespace": "studio"}, "spec": spec})
    for _ in range(3):
        world.controllers.settle()
        world.say(world.api.found(Kind.POD, "studio", made[-1]), {"phase": "Failed"})
        world.remove(Kind.POD, "studio", made[-1])
    assert len(made) == len(set(made)) == 3


@pytest.mark.parametrize("text", ["", "0", "0,1", "0-2", "0,2-4,9"])
def test_indexes_are_written_as_they_are_read(text):
    assert ranges(indexes(text)) == text
