"""Admission of others: who refuses Jobs or pods is quoted, and what is added to pods does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.api_requests import Answer, Api
from support.others_policies import JOB, adding, refusing
from support.runs import portrait
from support.waiting import soon

POD_SPEC: dict[str, Any] = {
    "restartPolicy": "Never",
    "containers": [{"name": "worker", "image": "registry.test/tried:1"}],
}
MESH = (
    "JSONPatch{op: 'add', path: '/metadata/labels/mesh', value: 'yes'}",
    "JSONPatch{op: 'add', path: '/metadata/annotations/mesh', value: '1'}",
    "JSONPatch{op: 'add', path: '/spec/tolerations/-', value: Object.spec.tolerations{operator: 'Exists'}}",
    "JSONPatch{op: 'add', path: '/spec/containers/0', value: Object.spec.containers{name: 'proxy', image: 'proxy:1'}}",
)
NO_GPUS_FOR_URGENT_WORK = {
    "hard": {"requests.nvidia.com/gpu": "0"},
    "scopeSelector": {
        "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["hybridface-urgent"]}]
    },
}


@pytest.fixture
def apply(home) -> Iterator[Callable[..., None]]:
    """Creates objects of others, which are gone afterwards."""
    made: list[dict[str, Any]] = []

    def do(*objects: dict[str, Any]) -> None:
        home.apply(*objects)
        made.extend(objects)

    yield do
    for each in made:
        where = [f"-n={each['metadata']['namespace']}"] if "namespace" in each["metadata"] else []
        home.plane.kubectl("delete", each["kind"], each["metadata"]["name"], *where, "--ignore-not-found")


@pytest.fixture
def tried(home) -> Iterator[Callable[..., Answer]]:
    """What comes of creating a pod or a Job of a FaceSwapJob; it is not kept. Policies come into force with time."""
    api = Api(home.plane)

    def create(kind: str, job: str) -> Answer:
        metadata = {"name": "tried", "namespace": home.namespace, "labels": {JOB: job}, "annotations": {"tried": ""}}
        if kind == "Pod":
            path, spec = f"api/v1/namespaces/{home.namespace}/pods", POD_SPEC
        else:
            path, spec = f"apis/batch/v1/namespaces/{home.namespace}/jobs", {"template": {"spec": POD_SPEC}}
        return api.create(path, {"kind": kind, "metadata": metadata, "spec": spec})

    yield create
    api.close()


def test_who_refuses_pods_is_quoted(home, apply, tried):
    metadata = {"name": "no-gpus", "namespace": home.namespace}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": NO_GPUS_FOR_URGENT_WORK}
    apply(quota, *refusing("others-pods", "pods", "banned", "pods need a cost centre"))
    soon(lambda: tried("Pod", "banned"), lambda answer: not answer.taken)
    home.apply(home.manifest("banned", {"still": portrait()}))
    home.apply(home.manifest("poor", {"still": portrait()}, priority="urgent"))

    def waits(name: str) -> str:
        said = soon(lambda: home.condition(name, "Placed"), lambda each: "could not create" in each.get("message", ""))
        return str(said["message"])

    assert "pods need a cost centre" in waits("banned")
    assert "exceeded quota: no-gpus, requested: requests.nvidia.com/gpu=1" in waits("poor")
    assert "cost centre" in home.plane.kubectl("describe", "fsj", "banned", f"-n={home.namespace}")


def test_who_refuses_jobs_is_quoted_and_an_edit_tries_again_at_once(home, apply, tried):
    apply(*refusing("others-jobs", "jobs", "unwanted", "no Jobs on Sundays"))
    soon(lambda: tried("Job", "unwanted"), lambda answer: not answer.taken)
    home.apply(home.manifest("unwanted", {"still": portrait()}))
    waits = soon(lambda: home.condition("unwanted", "Reconciling"), lambda each: each.get("reason") == "NotAdmitted")
    assert "no Jobs on Sundays" in waits["message"]

    home.plane.kubectl("delete", "validatingadmissionpolicybinding", "others-jobs")
    soon(lambda: tried("Job", "unwanted"), lambda answer: answer.taken)
    home.patch("unwanted", {"spec": {"priority": "high"}})
    home.done("unwanted")


def test_what_a_mesh_adds_to_pods_does_no_harm(home, apply, tried):
    apply(*adding("mesh", home.namespace, *MESH))
    soon(lambda: tried("Pod", "any"), lambda answer: "mesh" in answer.body["metadata"]["labels"])
    home.kubelets.hold("meshed", "swap")
    home.apply(home.manifest("meshed", {"still": portrait()}))

    pods = soon(home.pods, lambda seen: [pod for pod in seen if pod["metadata"]["name"].startswith("meshed-s-")])
    assert {pod["spec"]["containers"][0]["name"] for pod in pods} == {"proxy"}
    home.kubelets.let_go()
    home.done("meshed")


def test_a_limit_range_that_is_too_tight_is_quoted_and_one_that_has_defaults_changes_nothing(home, apply):
    metadata = {"name": "small", "namespace": home.namespace}
    limits = {"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata}
    defaults = {"type": "Container", "default": {"cpu": "100m"}, "defaultRequest": {"cpu": "50m"}}
    apply({**limits, "spec": {"limits": [{**defaults, "max": {"memory": "1Gi"}}]}})
    home.apply(home.manifest("big", {"still": portrait()}))
    said = soon(lambda: home.condition("big", "Placed"), lambda each: "could not create" in each.get("message", ""))
    assert "maximum memory usage per Container is 1Gi" in said["message"]

    home.apply({**limits, "spec": {"limits": [{**defaults, "maxLimitRequestRatio": {"cpu": "1"}}]}})
    home.kubelets.hold("as-told", "probe")
    home.apply(home.manifest("as-told", {"still": portrait()}))
    pods = soon(home.pods, lambda seen: [pod for pod in seen if pod["metadata"]["name"].startswith("as-told-")])
    mine = next(pod["spec"]["containers"] for pod in pods if pod["metadata"]["name"].startswith("as-told-"))
    assert {each["resources"]["limits"]["cpu"] for each in mine} == {"2"}
