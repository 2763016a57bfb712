"""Restricted work stays on private nodes, whoever makes the pod and however it is put."""

from __future__ import annotations

from typing import Any

import pytest

from support.api_requests import eventually
from support.pods import (
    PINNED,
    PRIVATE,
    affinity,
    container,
    env,
    env_from,
    mounts,
    pod,
    preference,
    term,
    volume,
)

RESTRICTED, INTERNAL, PUBLIC = "hf-restricted-a-1", "hf-internal-a-1", "hf-public-a-1"
REF = {"name": RESTRICTED}
AWAY = term("In", "cloud", key="kubernetes.io/os")
WORKER = {"serviceAccountName": "hybridface-worker"}

REFERENCES: dict[str, dict[str, Any]] = {
    "volume": mounts(RESTRICTED),
    "second volume": {"volumes": [{"name": "first", "emptyDir": {}}, *mounts(RESTRICTED)["volumes"]]},
    "projected volume": volume(projected={"sources": [{"configMap": {"name": "a"}}, {"secret": REF}]}),
    "variable": container("second", **env(RESTRICTED)),
    "variables": container("second", **env_from(RESTRICTED)),
    "init container's variable": container("init", "initContainers", **env(RESTRICTED)),
    "init container's variables": container("init", "initContainers", **env_from(RESTRICTED)),
    "pull secret": {"imagePullSecrets": [{"name": "registry"}, REF]},
    "csi": volume(csi={"driver": "a.example.org", "nodePublishSecretRef": REF}),
    "azureFile": volume(azureFile={"secretName": RESTRICTED, "shareName": "a"}),
    "cephfs": volume(cephfs={"monitors": ["a"], "secretRef": REF}),
    "cinder": volume(cinder={"volumeID": "a", "secretRef": REF}),
    "flexVolume": volume(flexVolume={"driver": "a/b", "secretRef": REF}),
    "iscsi": volume(
        iscsi={
            "targetPortal": "10.0.0.1",
            "iqn": "iqn.2001-04.org.example:a",
            "lun": 0,
            "chapAuthSession": True,
            "secretRef": REF,
        }
    ),
    "rbd": volume(rbd={"monitors": ["a"], "image": "a", "secretRef": REF}),
    "scaleIO": volume(scaleIO={"gateway": "a", "system": "a", "volumeName": "a", "secretRef": REF}),
    "storageos": volume(storageos={"volumeName": "a", "volumeNamespace": "a", "secretRef": REF}),
}

HOSTILE = {
    "not pinned": pod(mounts(RESTRICTED), sensitivity="restricted"),
    "an OR-ed term that escapes": pod(
        mounts(RESTRICTED), affinity(term("In", "private"), AWAY), sensitivity="restricted"
    ),
    "without a label": pod(mounts(INTERNAL)),
    "without a label, no more than public": pod(mounts(PUBLIC)),
    "labelled in capitals": pod(mounts(INTERNAL), sensitivity="Internal"),
    "labelled internal with a restricted job's Secret": pod(mounts(RESTRICTED), sensitivity="internal"),
    "labelled public with a restricted job's Secret": pod(
        mounts(INTERNAL), container("second", **env(RESTRICTED)), sensitivity="public"
    ),
    "labelled restricted": pod(mounts(INTERNAL), sensitivity="restricted"),
    "the worker without a label": pod(WORKER),
    "the worker by the old field": pod({"serviceAccount": "hybridface-worker"}),
    "only preferred": pod(mounts(RESTRICTED), preference(term("In", "private"))),
    "not in": pod(mounts(RESTRICTED), affinity(term("NotIn", "cloud"))),
    "any value": pod(mounts(RESTRICTED), affinity(term("Exists"))),
    "private or cloud": pod(mounts(RESTRICTED), affinity(term("In", "private", "cloud"))),
    "another value": pod(mounts(RESTRICTED), affinity(term("In", "cloud"))),
    "another label": pod(mounts(RESTRICTED), {"nodeSelector": {"zone": "private"}}),
    "another value of the selector": pod(mounts(RESTRICTED), {"nodeSelector": {PRIVATE: "cloud"}}),
    "a node by its field": pod(
        mounts(RESTRICTED),
        affinity({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["cloud-0"]}]}),
    ),
}

HONEST = {
    "pinned by selector": pod(mounts(RESTRICTED), PINNED, sensitivity="restricted"),
    "pinned without a label": pod(mounts(RESTRICTED), PINNED),
    "pinned in every term": pod(mounts(RESTRICTED), affinity(term("In", "private"), term("In", "private"))),
    "pinned beside another wish": pod(mounts(RESTRICTED), PINNED, affinity(AWAY)),
    "the worker, pinned": pod(WORKER, PINNED, sensitivity="restricted"),
    "the worker, internal": pod(WORKER, mounts(INTERNAL), sensitivity="internal"),
    "the worker, public, anywhere": pod(WORKER, mounts(PUBLIC), affinity(AWAY), sensitivity="public"),
    "internal, on a node by name": pod(mounts(INTERNAL), {"nodeName": "cloud-0"}, sensitivity="internal"),
    "nothing to do with jobs": pod(),
    "another Secret, on a node by name": pod(mounts("shelf-restricted-1"), {"nodeName": "cloud-0"}),
    "a Secret that may be missing": pod(mounts("half-restricted"), container("b", **env_from("my-hf-restricted-a"))),
}


@pytest.fixture(scope="session")  # a module may be left and entered again
def pods(api, new_tenant) -> str:
    """Where a tenant's pods are made, with the policy in force."""
    new_tenant("studio", "hybridface-worker")
    path = "api/v1/namespaces/studio/pods"
    eventually(lambda: not api.create(path, HOSTILE["not pinned"]).taken)
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pod_that_could_leave_is_refused(api, pods, name):
    answer = api.create(pods, HOSTILE[name])
    assert answer.code == 403
    assert "spec.nodeSelector: restricted work stays on private nodes" in answer.message
    assert f"{PRIVATE}: private" in answer.message


@pytest.mark.parametrize("name", HONEST)
def test_a_pod_that_stays_or_may_leave_is_taken(api, pods, name):
    answer = api.create(pods, HONEST[name])
    assert answer.taken, answer.message


@pytest.mark.parametrize("reference", REFERENCES)
def test_no_way_to_refer_to_a_secret_is_overlooked(api, pods, reference):
    assert "restricted work stays on private nodes" in api.create(
        pods, pod(REFERENCES[reference], sensitivity="public")
    ).message  # fmt: skip
    pinned = api.create(pods, pod(REFERENCES[reference], PINNED, sensitivity="public"))
    assert pinned.taken, pinned.message


@pytest.mark.parametrize("where", [PINNED, affinity(term("In", "private"))], ids=["selector", "affinity"])
def test_a_pinned_pod_is_not_put_on_a_node_past_the_scheduler(api, pods, where):
    answer = api.create(pods, pod(mounts(RESTRICTED), where, {"nodeName": "cloud-0"}))
    assert answer.code == 403
    assert "spec.nodeName: restricted work is placed by the scheduler alone: leave it out" in answer.message


def test_a_container_that_comes_later_brings_no_secret_to_a_pod_that_could_leave(api, pods):
    plain = pod(sensitivity="public")
    plain["metadata"]["name"] = "later"
    made = api.create(pods, plain, keep=True)
    assert made.taken, made.message
    made.body["spec"] |= container("debug", "ephemeralContainers", **env(RESTRICTED))
    answer = api.replace(f"{pods}/later/ephemeralcontainers", made.body)
    assert answer.code == 403
    assert "restricted work stays on private nodes" in answer.message


def test_a_container_may_come_later_to_a_pod_that_runs_where_it_is_pinned(api, plane, pods):
    pinned = pod(mounts(RESTRICTED), PINNED)
    pinned["metadata"]["name"] = "pinned"
    assert api.create(pods, pinned, keep=True).taken
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "pinned"},
        "target": {"kind": "Node", "name": "private-0"},
    }
    assert api.create(f"{pods}/pinned/binding", binding, keep=True).taken
    now = api.get(f"{pods}/pinned").body
    now["spec"] |= container("debug", "ephemeralContainers")
    answer = api.replace(f"{pods}/pinned/ephemeralcontainers", now)
    assert answer.taken, answer.message


@pytest.mark.parametrize(
    ("name", "where", "later"),
    [
        ("by-selector", PINNED, {"nodeSelector": {}}),
        ("by-term", affinity(term("In", "private")), affinity(AWAY)),
        ("by-a-term-more", affinity(term("In", "private")), affinity(term("In", "private"), AWAY)),
    ],
)
def test_a_pod_that_waits_at_a_gate_is_not_let_out_by_a_change(api, pods, name, where, later):
    """The lock judges pods when they are made; what may change of one that is gated, the API server itself bounds."""
    gated = pod(mounts(RESTRICTED), where, {"schedulingGates": [{"name": "example.org/gate"}]})
    gated["metadata"]["name"] = name
    made = api.create(pods, gated, keep=True)
    assert made.taken, made.message
    answer = api.replace(f"{pods}/{name}", made.body | {"spec": made.body["spec"] | later})
    assert answer.code == 422, answer.message


def test_pods_of_jobs_are_judged_too(plane, api, pods):
    template = {"metadata": {"labels": {}}, "spec": pod(mounts(RESTRICTED))["spec"] | {"restartPolicy": "Never"}}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sly"}, "spec": {"template": template}}
    assert api.create("apis/batch/v1/namespaces/studio/jobs", body, keep=True).taken
    events = ("get", "events", "--namespace=studio", "--field-selector=involvedObject.name=sly", "--output=yaml")
    eventually(lambda: "restricted work stays on private nodes" in plane.kubectl(*events))
    assert plane.kubectl("get", "pods", "--namespace=studio", "--selector=job-name=sly", "--output=name") == ""
