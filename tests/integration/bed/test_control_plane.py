from __future__ import annotations

import json
import re

import pytest

from build_tools import MODULES
from support.jobs import SMALLEST
from support.waiting import soon

PODS = {"containers": [{"name": "worker", "image": "example.org/worker"}], "restartPolicy": "Never"}


def create(plane, kind, name, namespace=None, **fields):
    """POSTs an object and returns it as the server stored it."""
    document = {"kind": kind, "metadata": {"name": name, **fields.pop("metadata", {})}, **fields}
    where = [f"--namespace={namespace}"] if namespace else []
    return json.loads(plane.kubectl("create", "--filename=-", "--output=json", *where, stdin=json.dumps(document)))


def pods(plane, namespace):
    return json.loads(plane.kubectl("get", "pods", f"--namespace={namespace}", "--output=json"))["items"]


@pytest.fixture
def job(plane, namespace):
    """An Indexed Job of three."""
    spec = {"completions": 3, "parallelism": 3, "completionMode": "Indexed", "template": {"spec": PODS}}
    return create(plane, "Job", "shards", namespace, apiVersion="batch/v1", spec=spec)


def test_the_server_says_the_version_that_is_pinned(plane):
    (pinned,) = re.findall(r"k8s.io/kubernetes (\S+)", (MODULES / "kubernetes/go.mod").read_text())
    version = json.loads(plane.kubectl("version", "--output=json"))
    assert version["serverVersion"]["gitVersion"] == version["clientVersion"]["gitVersion"] == pinned


def test_an_indexed_job_gets_one_pod_for_each_index(plane, namespace, job):
    made = soon(lambda: pods(plane, namespace), lambda found: len(found) == 3)
    index = "batch.kubernetes.io/job-completion-index"
    assert {pod["metadata"]["annotations"][index] for pod in made} == {"0", "1", "2"}
    assert {pod["metadata"]["ownerReferences"][0]["uid"] for pod in made} == {job["metadata"]["uid"]}


def test_a_job_completes_when_its_pods_are_said_to_have_succeeded(plane, namespace, job):
    for pod in soon(lambda: pods(plane, namespace), lambda found: len(found) == 3):
        status = json.dumps({"status": {"phase": "Succeeded"}})
        arguments = ("--subresource=status", "--type=merge", f"--namespace={namespace}", f"--patch={status}")
        plane.kubectl("patch", "pod", pod["metadata"]["name"], *arguments)
    plane.kubectl("wait", "job/shards", "--for=condition=Complete", "--timeout=120s", f"--namespace={namespace}")


def test_what_a_deleted_object_owned_is_collected(plane, namespace):
    owner = create(plane, "ConfigMap", "owner", namespace, apiVersion="v1")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    create(plane, "Secret", "owned", namespace, apiVersion="v1", metadata={"ownerReferences": [reference]})
    create(plane, "Secret", "free", namespace, apiVersion="v1")
    plane.kubectl("delete", "configmap", "owner", f"--namespace={namespace}")
    listing = ("get", "secrets", "--output=name", f"--namespace={namespace}")
    assert soon(lambda: plane.kubectl(*listing), lambda names: "owned" not in names) == "secret/free\n"


def test_what_a_deleted_custom_resource_owned_is_collected_as_soon(plane, namespace):
    owner = create(plane, "FaceSwapJob", "owner", namespace, apiVersion=SMALLEST["apiVersion"], spec=SMALLEST["spec"])
    reference = {name: owner[name] for name in ("apiVersion", "kind")} | {
        "name": "owner",
        "uid": owner["metadata"]["uid"],
    }
    create(plane, "Secret", "owned", namespace, apiVersion="v1", metadata={"ownerReferences": [reference]})
    plane.kubectl("delete", "faceswapjob", "owner", f"--namespace={namespace}")
    listing = ("get", "secrets", "--output=name", f"--namespace={namespace}")
    assert soon(lambda: plane.kubectl(*listing), lambda names: not names) == ""


def test_a_client_may_do_what_rbac_grants_and_no_more(plane, namespace):
    reader = plane.kubeconfig_of(plane.client_token("reader", ["readers"]))
    listing = ("get", "pods", "--output=name", f"--namespace={namespace}")
    with pytest.raises(RuntimeError, match='User "reader" cannot list resource "pods"'):
        plane.kubectl(*listing, kubeconfig=reader)
    plane.kubectl("create", "role", "read", "--verb=list", "--resource=pods", f"--namespace={namespace}")
    binding = ("--role=read", "--group=readers", f"--namespace={namespace}")
    plane.kubectl("create", "rolebinding", "read", *binding)
    soon(lambda: can_list_pods(plane, reader, namespace), bool)
    assert plane.kubectl(*listing, kubeconfig=reader) == ""
    with pytest.raises(RuntimeError, match='cannot list resource "secrets"'):
        plane.kubectl("get", "secrets", f"--namespace={namespace}", kubeconfig=reader)


def can_list_pods(plane, kubeconfig, namespace):
    """Roles reach the authoriser through a watch."""
    try:
        return plane.kubectl("auth", "can-i", "list", "pods", f"--namespace={namespace}", kubeconfig=kubeconfig)
    except RuntimeError:
        return ""


def test_an_api_server_that_was_away_comes_back_with_all_it_had_and_takes_no_revoked_token(plane, namespace, job):
    token = plane.client_token("leaver")
    leaver = plane.kubeconfig_of(token)
    assert "leaver" in plane.kubectl("auth", "whoami", kubeconfig=leaver)
    before = soon(lambda: pods(plane, namespace), lambda found: len(found) == 3)
    plane.revoke(token)
    plane.stop_apiserver()
    with pytest.raises(RuntimeError, match="refused"):
        pods(plane, namespace)
    plane.start_apiserver()
    with pytest.raises(RuntimeError, match="Unauthorized"):
        plane.kubectl("auth", "whoami", kubeconfig=leaver)
    assert {pod["metadata"]["uid"] for pod in pods(plane, namespace)} == {pod["metadata"]["uid"] for pod in before}
    plane.kubectl("delete", "job", "shards", "--cascade=background", f"--namespace={namespace}")
    assert soon(lambda: pods(plane, namespace), lambda found: not found) == []
