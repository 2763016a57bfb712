"""Installed, upgraded, removed and installed again on a real API server, in a namespace that enforces `restricted`."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from support.chart import CHART, EXAMPLES, NAMESPACE, can_i, key, named, objects, pods
from support.gitops_example import ESTATE, kustomized
from support.waiting import soon

JOB = yaml.safe_load((CHART / "files/tests/job.yaml").read_text())
NAMESPACED_JOB = JOB | {"metadata": {"name": "spring", "namespace": "studio"}}


def manifest(helm, kind="manifest"):
    return objects(helm("get", kind, "hybridface", f"--namespace={NAMESPACE}"))


def got(plane, *arguments):
    return json.loads(plane.kubectl("get", *arguments, "-o=json"))


def upgrade(helm, chart, *values):
    options = helm.options(EXAMPLES["trial"], *values)
    helm("upgrade", "hybridface", str(chart), f"--namespace={NAMESPACE}", *options)


def secret_keys(plane):
    names = ("hybridface-trial-minio-root", "hybridface-trial-parent-key")
    return [got(plane, "secret", name, f"-n={NAMESPACE}")["data"] for name in names]


def test_every_pod_is_admitted_where_restricted_is_enforced(cluster, release):
    owners = {"hybridface-operator", "hybridface-trial-consul", "hybridface-trial-minio"}
    expected = len(dict(pods(manifest(release)))) + 1  # two operators

    def made():
        return got(cluster, "pods", f"-n={NAMESPACE}")["items"]

    there = soon(made, lambda found: len(found) >= expected)
    names = {pod["metadata"]["name"] for pod in there}
    assert all(any(name.startswith(owner) for name in names) for owner in owners)
    events = got(cluster, "events", f"-n={NAMESPACE}")["items"]
    refused = {e["involvedObject"]["uid"]: e["message"] for e in events if e["reason"] == "FailedCreate"}
    now = got(cluster, "replicasets,statefulsets,jobs", f"-n={NAMESPACE}")["items"]  # of this installation
    assert [refused[each["metadata"]["uid"]] for each in now if each["metadata"]["uid"] in refused] == []


def test_the_notes_say_who_may_have_jobs_and_what_not_to_keep(release):
    notes = release("get", "notes", "hybridface", f"--namespace={NAMESPACE}")
    assert "Namespaces that may have jobs: studio." in notes
    assert "Do not keep anything there." in notes
    assert "WARNING" not in notes
    assert "hybridface policy publish" not in notes, "the trial brings its policy"


def test_the_pod_of_the_test_is_admitted(cluster, release):
    hooks = manifest(release, "hooks")
    assert {body["kind"] for body in hooks} == {"ConfigMap", "Pod"}
    cluster.kubectl("apply", "--dry-run=server", "--filename=-", stdin=yaml.safe_dump_all(hooks))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_api_server_takes_every_object(cluster, release, live_helm, example):
    """Under another name for what the release has; unknown fields are refused."""
    bodies = [body for body in live_helm.render(EXAMPLES[example]) if body["kind"] != "Namespace"]
    for body in bodies:
        if body["metadata"].get("namespace", NAMESPACE) != NAMESPACE:
            body["metadata"]["namespace"] = NAMESPACE
    immutable = {"PriorityClass", "Job", "Secret", "StatefulSet", "Deployment"}
    for body in bodies:
        if body["kind"] in immutable:
            body["metadata"]["name"] = f"tried-{body['metadata']['name']}"
    command = ("apply", "--dry-run=server", "--server-side", "--force-conflicts", "--validate=strict", "--filename=-")
    cluster.kubectl(*command, stdin=yaml.safe_dump_all(bodies))


@pytest.mark.parametrize(
    ("verb", "what", "where", "may"),
    [
        ("create", "jobs.batch", "studio", True),
        ("create", "secrets", "studio", True),
        ("get", "secrets", "studio", False),
        ("list", "nodes", "", True),
        ("create", "jobs.batch", "default", False),
        ("update", "leases.coordination.k8s.io", NAMESPACE, True),
        ("get", "secrets", NAMESPACE, False),
    ],
)
def test_the_operator_may_do_what_it_does_and_no_more(cluster, release, verb, what, where, may):
    account = f"--as=system:serviceaccount:{NAMESPACE}:hybridface-operator"
    scope = [f"-n={where}"] if where else []

    def granted():
        try:
            return cluster.kubectl("auth", "can-i", verb, what, account, *scope).strip() == "yes"
        except RuntimeError:
            return False

    soon(granted, lambda is_so: is_so is may)  # roles reach the authoriser through a watch


def test_a_restricted_pod_is_held_back_in_a_tenant_namespace(cluster, release):
    soon(lambda: got(cluster, "serviceaccounts", "-n=studio")["items"], lambda found: len(found) > 1)
    volume = {"name": "v", "secret": {"secretName": "hf-restricted-a-1"}}
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "c", "image": "i", "securityContext": security}
    spec = {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [volume],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "loose", "namespace": "studio"}, "spec": spec}

    def refusal():
        try:
            return cluster.kubectl("create", "--dry-run=server", "--filename=-", stdin=json.dumps(pod))
        except RuntimeError as error:
            return str(error)

    soon(refusal, lambda said: "restricted work stays on private nodes" in said)
    spec["nodeSelector"] = {"node-restriction.kubernetes.io/hybridface-zone": "private"}
    assert "created" in refusal()


def test_an_upgrade_brings_the_definition_and_keeps_jobs_and_keys(cluster, release, tmp_path):
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(NAMESPACED_JOB))
    before, keys = got(cluster, "fsj", "spring", "-n=studio"), secret_keys(cluster)
    newer = tmp_path / "hybridface"
    shutil.copytree(CHART, newer)
    head = yaml.safe_load((newer / "Chart.yaml").read_text())
    (newer / "Chart.yaml").write_text(yaml.safe_dump(head | {"version": "0.2.0", "appVersion": "0.2.0"}))
    (file,) = (newer / "files/crds").iterdir()
    crd = yaml.safe_load(file.read_text())
    column = {"name": "Newer", "type": "string", "jsonPath": ".status.phase"}
    crd["spec"]["versions"][0]["additionalPrinterColumns"].append(column)
    file.write_text(yaml.safe_dump(crd))
    tenant = {"namespace": "studio", "createNamespace": True, "read": ["s3://inbox/"]}
    second = {"namespace": "garage", "createNamespace": True}
    upgrade(release, newer, {"tenants": [tenant, second], "trial": {"minio": {"buckets": ["inbox"]}}})
    columns = got(cluster, "crd", crd["metadata"]["name"])["spec"]["versions"][0]["additionalPrinterColumns"]
    assert column in columns
    after = got(cluster, "fsj", "spring", "-n=studio")
    assert (after["metadata"]["uid"], after["spec"]) == (before["metadata"]["uid"], before["spec"])
    assert secret_keys(cluster) == keys
    assert got(cluster, "serviceaccount", "hybridface-worker", "-n=garage")
    image = named(manifest(release), "Deployment", "hybridface-operator")["spec"]["template"]["spec"]["containers"][0]
    assert image["image"] == "hybridface-operator:0.2.0"
    upgrade(release, CHART)
    assert secret_keys(cluster) == keys


def test_removed_it_leaves_definition_jobs_and_tenants_and_installed_again_takes_them_over(cluster, release):
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(NAMESPACED_JOB))
    uid = got(cluster, "fsj", "spring", "-n=studio")["metadata"]["uid"]
    there = {key(body) for body in manifest(release)}
    release("uninstall", "hybridface", f"--namespace={NAMESPACE}", "--wait=false")
    assert got(cluster, "fsj", "spring", "-n=studio")["metadata"]["uid"] == uid
    assert got(cluster, "namespace", "studio")["status"]["phase"] == "Active"
    soon(lambda: got(cluster, "deployments", f"-n={NAMESPACE}")["items"], lambda left: not left)
    assert got(cluster, "validatingadmissionpolicies")["items"] == []
    assert got(cluster, "clusterroles", "-l=app.kubernetes.io/instance=hybridface")["items"] == []
    release("install", "hybridface", str(CHART), f"--namespace={NAMESPACE}", *release.options(EXAMPLES["trial"]))
    assert got(cluster, "fsj", "spring", "-n=studio")["metadata"]["uid"] == uid
    assert {each[0] for each in there} == {body["kind"] for body in manifest(release)}


def test_an_api_server_takes_the_jobs_and_the_policy_of_the_gitops_example(cluster, release):
    bodies = [*kustomized(ESTATE / "campaigns"), *kustomized(ESTATE / "policy")]
    templates = [pod for _, pod in pods(bodies)]
    assert len(templates) == 1
    for pod in templates:
        metadata = {"name": "publish", "namespace": NAMESPACE}
        bodies.append({"apiVersion": "v1", "kind": "Pod", **pod, "metadata": metadata})
    cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename=-", stdin=yaml.safe_dump_all(bodies))


@pytest.mark.parametrize(
    ("role", "verb", "may"), [("view", "list", "yes"), ("view", "create", "no"), ("edit", "create", "yes")]
)
@pytest.mark.usefixtures("release")
def test_who_may_edit_a_namespace_may_have_jobs_there(cluster, role, verb, may):
    """A cluster role is bound that the controllers have put together."""
    user = f"--user={role}-{verb}"
    cluster.kubectl("create", "rolebinding", f"{role}-{verb}", f"--clusterrole={role}", user, "-n=default")
    asked = (f"{role}-{verb}", verb, "faceswapjobs.hybridface.dev", "-n=default")
    soon(lambda: can_i(cluster, *asked), lambda said: said == may)
