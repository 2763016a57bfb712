"""Webhooks and sweeping on a real API server, under the operator's own roles."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import yaml

from hybridface_operator.aftermath.loop import look_after
from hybridface_operator.aftermath.notify import Notifier
from hybridface_operator.aftermath.sweep import Sweeper
from hybridface_operator.aftermath.webhook import SIGNATURE, Notified
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.spec.objects import job_ref
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from support.fake_api import FakeApi
from support.finished import NAMESPACE, finished
from support.jobs import manifest
from support.pages import blocks
from support.real_world import real_world
from support.waiting import soon

TEN_YEARS = 315_360_000
HOOK = {"webhook": {"url": "https://hooks.example/done", "secretRef": {"name": "hook", "key": "token"}}}


class Studio:
    """A tenant of a real cluster, and a work folder."""

    def __init__(self, world, plane, folder):
        folder.mkdir()
        self.world, self.plane, self.folder = world, plane, folder
        self.got: list[dict[str, str]] = []
        secret = {"metadata": {"name": "hook", "namespace": world.namespace}, "stringData": {"token": "of the studio"}}
        world.make(Kind.SECRET, secret)

    async def send(self, url, body, headers):
        self.got.append(headers)
        return 204

    def finished_job(self, ttl_seconds):
        """With the status that jobs of the model have, written as the operator writes it."""
        body = manifest(notify=HOOK, ttlSecondsAfterFinished=ttl_seconds)
        body["metadata"] = {"name": "a", "namespace": self.world.namespace}
        made = self.world.make(Kind.FACE_SWAP_JOB, body)
        model = FakeApi(NAMESPACE)
        finished(model, "a")
        status = {**model.found(Kind.FACE_SWAP_JOB, NAMESPACE, "a")["status"], "observedGeneration": 1}
        self.world.do(self.world.api.write_status(job_ref(made), status))
        scratch = self.folder / "jobs" / made["metadata"]["uid"] / "inputs.json"
        scratch.parent.mkdir(parents=True)
        scratch.touch()
        return scratch.parent

    def look_after(self):
        """As an operator does that has just begun."""
        mirror, metrics, stores = Mirror(), Metrics(), Stores(StoreSettings())
        api, now = self.world.api, datetime.now(UTC)
        mirror.relist(Kind.FACE_SWAP_JOB, self.world.until(self.listed, self.is_up_to_date), now)
        common = {"work_uri": self.folder.as_uri() + "/", "instance": "operator-0"}
        notifier = Notifier(api, stores, mirror, metrics, send=self.send, clock=lambda: datetime.now(UTC), **common)
        sweeper = Sweeper(api, stores, mirror, metrics, may_sweep=notifier.settled, **common)
        self.world.do(look_after(mirror, notifier, sweeper, now))

    def listed(self):
        return self.world.do(self.world.api.list(Kind.FACE_SWAP_JOB, self.world.namespace))

    def is_up_to_date(self, jobs):
        """Lists come from the server's cache, which may be behind what was just written."""
        return [job["metadata"]["resourceVersion"] for job in jobs] == [self.job()["metadata"]["resourceVersion"]]

    def job(self):
        return self.world.do(self.world.api.get(Kind.FACE_SWAP_JOB, self.world.namespace, "a"))

    def status(self):
        return self.job()["status"]

    def events(self):
        listed = self.plane.kubectl("get", "events", f"--namespace={self.world.namespace}", "--output=json")
        return {item["reason"]: item["message"] for item in json.loads(listed)["items"]}

    def let_read_the_secret(self):
        """As the guide says."""
        (role, binding) = next(
            documents
            for documents in (list(yaml.safe_load_all(block.text)) for block in blocks("yaml") if _is_guide(block))
            if documents[0].get("kind") == "Role"
        )
        for body in (role, binding):
            body["metadata"]["namespace"] = self.world.namespace
        binding["subjects"] = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": self.world.user}]
        for body in (role, binding):
            self.plane.kubectl("apply", "--filename=-", stdin=json.dumps(body))
        soon(self.may_read_the_secret, bool)

    def may_read_the_secret(self):
        """Rights are in force once the authorizer's cache has them, a moment after they were given."""
        try:
            return self.world.do(self.world.api.get(Kind.SECRET, self.world.namespace, "hook"))
        except KubeError:
            return None


def _is_guide(block):
    return block.page.name == "webhooks.md"


@pytest.fixture
def studio(plane, tmp_path):
    with real_world(plane) as world:
        yield Studio(world, plane, tmp_path / "work")


def test_the_operator_may_not_read_a_secret_that_nobody_gave_it(studio):
    scratch = studio.finished_job(TEN_YEARS)
    studio.look_after()
    assert studio.got == []
    assert Notified.from_bytes((scratch / "notified.json").read_bytes(), "").outcome == "givenUp"
    assert "may not read the Secret hook" in studio.events()["WebhookFailed"]


def test_with_the_role_of_the_guide_it_signs_once(studio):
    studio.finished_job(TEN_YEARS)
    studio.let_read_the_secret()
    for _ in range(2):
        studio.look_after()
    (headers,) = studio.got
    assert headers[SIGNATURE].startswith("t=")
    assert studio.events() == {}


def test_scratch_goes_once_the_webhook_was_told_and_the_status_keeps_all_else(studio):
    scratch = studio.finished_job(0)
    studio.let_read_the_secret()
    before = studio.status()
    studio.look_after()
    assert (len(studio.got), scratch.exists() and any(scratch.iterdir())) == (1, False)
    assert studio.status() == {**before, "scratchRemoved": True}
    assert set(studio.events()) == {"ScratchRemoved"}
    studio.look_after()
    assert len(studio.got) == 1
