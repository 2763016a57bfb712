"""What every ClusterApi does, as tests. A test class inherits them and gives a `world`: an API and its controllers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import pytest

from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.kube.api import Body, ClusterApi, Kind
from hybridface_operator.kube.errors import KubeConflict, KubeForbidden, KubeGone
from hybridface_operator.manifests.attempt import JobContext
from hybridface_operator.manifests.config import OperatorState, state_config_map
from hybridface_operator.manifests.events import job_event
from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.manifests.secrets import credentials_secret
from hybridface_operator.policy.types import Sensitivity
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef
from support.attempts import INVENTORY, PRIVATE_POOL, SETTINGS, attempt
from support.fake_controllers import index_of, is_finished, pending

Seen = TypeVar("Seen")
NOW = "2026-01-01T00:00:00.000000Z"
STATUS = {"phase": "Swapping", "observedGeneration": 1, "startTime": "2026-01-01T00:00:00Z"}


class World(Protocol):
    """An API, and who else is there."""

    api: ClusterApi
    """As the operator reaches it."""
    namespace: str
    """A tenant's, of the test's own."""
    home: str
    """The operator's."""

    def do(self, work: Coroutine[Any, Any, Seen]) -> Seen:
        """What comes of it."""
        ...

    def make(self, kind: Kind, body: Body) -> Body:
        """Creates an object, as a person."""
        ...

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """Deletes an object, as a person: dependents go in the background."""
        ...

    def bind(self, pod: Body, node: str) -> None:
        """Puts a pod on a node, as a scheduler."""
        ...

    def say(self, pod: Body, status: Body) -> None:
        """Sets a pod's status, as a kubelet."""
        ...

    def until(self, look: Callable[[], Seen], is_so: Callable[[Seen], object]) -> Seen:
        """Lets controllers work until it is so."""
        ...


def exited(code: int, *, disrupted: bool = False) -> Body:
    """The status of a pod whose worker ended."""
    state = {
        "terminated": {"exitCode": code, "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z"}
    }
    status: Body = {
        "phase": "Failed" if code else "Succeeded",
        "containerStatuses": [
            {"name": "worker", "state": state, "image": "w", "imageID": "", "ready": False, "restartCount": 0}
        ],
    }
    if disrupted:
        status["conditions"] = [{"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager"}]
    return status


def face_swap_job(world: World) -> JobRef:
    """Makes a FaceSwapJob, as a user."""
    spec = {
        "sources": [{"name": "a", "images": [{"uri": "s3://faces/a.png"}]}],
        "targets": [{"name": "clip", "uri": "s3://inbox/clip.mp4"}],
        "output": {"uri": "s3://results/"},
        "consent": {"reference": "contract 1"},
    }
    made = world.make(Kind.FACE_SWAP_JOB, {"metadata": {"name": "clip", "namespace": world.namespace}, "spec": spec})
    return JobRef(namespace=world.namespace, name="clip", uid=made["metadata"]["uid"])


class KubeContract:
    @pytest.fixture
    def owner(self, world: World) -> JobRef:
        return face_swap_job(world)

    @pytest.fixture
    def context(self, owner: JobRef) -> JobContext:
        return JobContext(job=owner, sensitivity=Sensitivity.INTERNAL, priority="normal")

    @pytest.fixture
    def body(self, context: JobContext) -> Body:
        """A Job of 3 shards, 2 at a time."""
        shards = attempt(number=1, shards=3, parallelism=2)
        return attempt_job(context, shards, PRIVATE_POOL, INVENTORY, SETTINGS)

    @pytest.fixture
    def pods(self, world: World) -> Callable[[], list[Body]]:
        return lambda: world.do(world.api.list(Kind.POD, world.namespace))

    @pytest.fixture
    def jobs(self, world: World) -> Callable[[], list[Body]]:
        return lambda: world.do(world.api.list(Kind.JOB, world.namespace))

    # objects

    def test_what_is_not_there_is_none(self, world):
        assert world.do(world.api.get(Kind.CONFIG_MAP, world.home, "nothing")) is None

    def test_what_was_put_is_read(self, world):
        state = state_config_map(world.home, OperatorState())
        put = world.do(world.api.put(Kind.CONFIG_MAP, state))
        read = world.do(world.api.get(Kind.CONFIG_MAP, world.home, state["metadata"]["name"]))
        assert read == put
        assert read["binaryData"] == state["binaryData"]

    def test_what_is_there_is_not_made_again(self, world):
        body = {"metadata": {"name": "once", "namespace": world.home}, "data": {"a": "1"}}
        world.do(world.api.put(Kind.CONFIG_MAP, body))
        with pytest.raises(KubeConflict):
            world.do(world.api.put(Kind.CONFIG_MAP, body))

    def test_of_two_that_replace_one_version_only_the_first_does(self, world):
        body = {"metadata": {"name": "contested", "namespace": world.home}, "data": {"a": "1"}}
        first = world.do(world.api.put(Kind.CONFIG_MAP, body))
        second = world.do(world.api.put(Kind.CONFIG_MAP, {**first, "data": {"a": "2"}}))
        assert second["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]
        with pytest.raises(KubeConflict):
            world.do(world.api.put(Kind.CONFIG_MAP, {**first, "data": {"a": "3"}}))

    def test_nothing_is_made_in_a_namespace_that_is_not_there(self, world, body):
        body["metadata"]["namespace"] = "nowhere"
        with pytest.raises((KubeGone, KubeForbidden)):  # whose role is the namespace's is told no more
            world.do(world.api.create_job(body))

    def test_lists_are_of_a_namespace_or_of_all_and_by_label(self, world, owner, body, jobs):
        world.do(world.api.create_job(body))
        uid = f"hybridface.dev/uid={owner.uid}"
        assert [job["kind"] for job in jobs()] == ["Job"]
        assert len(world.do(world.api.list(Kind.JOB, labels=uid))) == 1
        assert world.do(world.api.list(Kind.JOB, world.namespace, f"{uid},hybridface.dev/phase=merge")) == []
        assert owner.name in {job["metadata"]["name"] for job in world.do(world.api.list(Kind.FACE_SWAP_JOB))}

    # status

    def test_a_status_replaces_the_one_before_and_leaves_the_generation(self, world, owner):
        world.do(world.api.write_status(owner, STATUS))
        written = world.do(world.api.write_status(owner, {"phase": "Completed"}))
        assert written["status"]["phase"] == "Completed"
        assert "startTime" not in written["status"]
        assert written["metadata"]["generation"] == 1

    def test_a_status_is_written_to_the_version_that_was_meant(self, world, owner):
        first = world.do(world.api.write_status(owner, STATUS))["metadata"]["resourceVersion"]
        world.do(world.api.write_status(owner, {"phase": "Merging"}, first))
        with pytest.raises(KubeConflict):
            world.do(world.api.write_status(owner, {"phase": "Completed"}, first))

    def test_a_status_is_not_written_to_another_object_of_that_name(self, world, owner):
        other = owner.model_copy(update={"uid": "11111111-91f5-4c2e-8d5f-2b3b6a1d2c11"})
        with pytest.raises(KubeConflict):
            world.do(world.api.write_status(other, STATUS))

    def test_a_status_of_what_is_gone_is_gone(self, world, owner):
        world.remove(Kind.FACE_SWAP_JOB, owner.namespace, owner.name)
        with pytest.raises(KubeGone):
            world.do(world.api.write_status(owner, STATUS))

    # Secrets and events

    def test_credentials_are_made_renewed_and_removed_and_each_can_be_repeated(self, world, context):
        body = credentials_secret(context, attempt(number=1), StorageCredentials("a", "b", "c", NOW, NOW))
        for _ in range(2):
            world.do(world.api.put_secret(body))
        for _ in range(2):
            world.do(world.api.delete_secret(context.job.namespace, body["metadata"]["name"]))

    def test_an_event_is_made_once(self, world, owner):
        event = job_event(
            owner, kind="Normal", reason=Reason.PLACED, action="Place", note="there", now=NOW, instance="operator-0"
        )
        for _ in range(2):
            world.do(world.api.create_event(event))

    # Jobs

    def test_a_job_is_made_once_however_often_it_is_asked_for(self, world, body, jobs):
        made = world.do(world.api.create_job(body))
        again = world.do(world.api.create_job(body))
        assert again["metadata"]["uid"] == made["metadata"]["uid"]
        assert len(jobs()) == 1

    def test_a_job_of_another_owner_is_not_taken_for_ours(self, world, body):
        world.do(world.api.create_job(body))
        body["metadata"]["ownerReferences"][0]["uid"] = "11111111-91f5-4c2e-8d5f-2b3b6a1d2c11"
        with pytest.raises(KubeConflict):
            world.do(world.api.create_job(body))

    def test_a_job_gets_one_pod_for_each_index_as_many_as_may_run(self, world, body, pods):
        made = world.do(world.api.create_job(body))
        found = world.until(pods, lambda found: len(found) == 2)
        assert sorted(index_of(pod) for pod in found) == [0, 1]
        assert {pod["metadata"]["ownerReferences"][0]["uid"] for pod in found} == {made["metadata"]["uid"]}
        assert all(pod["metadata"]["labels"].items() >= body["metadata"]["labels"].items() for pod in found)

    def test_a_job_whose_pods_all_succeed_is_complete(self, world, body, pods, jobs):
        world.do(world.api.create_job(body))
        for _ in range(3):
            (pod, *_) = world.until(lambda: pending(pods()), bool)
            world.say(pod, exited(0))
        (job,) = world.until(jobs, lambda found: is_finished(found[0]))
        assert job["status"]["completedIndexes"] == "0-2"
        assert job["status"]["succeeded"] == 3

    def test_an_index_that_cannot_be_done_fails_at_once_and_the_others_go_on(self, world, body, pods, jobs):
        world.do(world.api.create_job(body))
        world.until(pods, lambda found: len(found) == 2)
        world.say(next(pod for pod in pods() if index_of(pod) == 0), exited(ExitCode.LACKS_PLAN))
        for _ in range(2):
            (pod, *_) = world.until(lambda: pending(pods()), bool)
            world.say(pod, exited(0))
        (job,) = world.until(jobs, lambda found: is_finished(found[0]))
        assert (job["status"]["completedIndexes"], job["status"]["failedIndexes"]) == ("1,2", "0")
        assert [c["type"] for c in job["status"]["conditions"] if c["type"] in {"Failed", "Complete"}] == ["Failed"]

    def test_a_disruption_is_no_failure_of_the_index(self, world, body, pods):
        world.do(world.api.create_job(body | {"spec": body["spec"] | {"backoffLimitPerIndex": 0}}))
        (first, *_) = world.until(pods, lambda found: len(found) == 2)
        world.say(first, exited(ExitCode.TERMINATED, disrupted=True))
        index = index_of(first)
        replaced = world.until(lambda: [pod for pod in pending(pods()) if index_of(pod) == index], bool)
        assert replaced[0]["metadata"]["uid"] != first["metadata"]["uid"]

    def test_a_suspended_job_has_no_pods(self, world, body, pods, jobs):
        world.do(world.api.create_job(body | {"spec": body["spec"] | {"suspend": True}}))
        world.until(jobs, lambda found: found[0].get("status", {}).get("conditions"))
        assert pods() == []

    # deleting

    def test_a_deleted_job_takes_its_pods_with_it_and_deleting_can_be_repeated(self, world, body, pods, jobs):
        made = world.do(world.api.create_job(body))
        world.until(pods, lambda found: len(found) == 2)
        for _ in range(2):
            world.do(world.api.delete_job(world.namespace, made["metadata"]["name"], made["metadata"]["uid"]))
        assert jobs() == []
        world.until(pods, lambda found: not found)

    def test_a_job_that_was_not_meant_is_not_deleted(self, world, body, jobs):
        made = world.do(world.api.create_job(body))
        other = "11111111-91f5-4c2e-8d5f-2b3b6a1d2c11"
        world.do(world.api.delete_job(world.namespace, made["metadata"]["name"], other))
        assert [job["metadata"].get("deletionTimestamp") for job in jobs()] == [None]

    def test_a_job_deleted_in_the_foreground_stays_until_its_pods_have_ended(self, world, body, pods, jobs):
        metadata = world.do(world.api.create_job(body))["metadata"]
        for pod in world.until(pods, lambda found: len(found) == 2):
            world.bind(pod, "node-1")
        world.do(world.api.delete_job(world.namespace, metadata["name"], metadata["uid"], foreground=True))
        ending = world.until(pods, lambda found: all(pod["metadata"].get("deletionTimestamp") for pod in found))
        assert (len(ending), len(jobs())) == (2, 1)
        for pod in ending:
            world.do(world.api.force_delete_pod(world.namespace, pod["metadata"]["name"], pod["metadata"]["uid"]))
        world.until(jobs, lambda found: not found)
        assert pods() == []

    def test_a_pod_of_a_dead_node_goes_only_with_its_job(self, world, body, pods, jobs):
        metadata = world.do(world.api.create_job(body))["metadata"]
        for pod in world.until(pods, lambda found: len(found) == 2):
            world.bind(pod, "node-1")
            world.do(world.api.force_delete_pod(world.namespace, pod["metadata"]["name"], pod["metadata"]["uid"]))
        assert len(pods()) == 2
        world.do(world.api.delete_job(world.namespace, metadata["name"], metadata["uid"], foreground=True))
        world.until(lambda: (pods(), jobs()), lambda found: found == ([], []))

    def test_a_pod_of_another_uid_is_not_removed(self, world, body, pods):
        world.do(world.api.create_job(body))
        (pod, *_) = world.until(pods, lambda found: len(found) == 2)
        other = "11111111-91f5-4c2e-8d5f-2b3b6a1d2c11"
        world.do(world.api.force_delete_pod(world.namespace, pod["metadata"]["name"], other))
        assert [found["metadata"].get("deletionTimestamp") for found in pods()] == [None, None]

    def test_with_the_faceswapjob_go_its_jobs_pods_and_secrets(self, world, owner, context, body, pods, jobs):
        secret = credentials_secret(context, attempt(number=1), StorageCredentials("a", "b", "c", NOW, NOW))
        world.do(world.api.create_job(body))
        world.do(world.api.put_secret(secret))
        world.until(pods, lambda found: len(found) == 2)
        world.remove(Kind.FACE_SWAP_JOB, owner.namespace, owner.name)
        world.until(lambda: (pods(), jobs()), lambda found: found == ([], []))
