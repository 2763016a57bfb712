"""Roles, admission policies and definitions come as their plain files are: what is tested there is installed."""

from __future__ import annotations

import pytest
import yaml

from support.chart import CHART, EXAMPLES, NAMESPACE, key, named, objects

RBAC, ADMISSION = CHART / "files/rbac", CHART / "files/admission"


def plain(path):
    return objects(path.read_text())


def rules(bodies, kind, name):
    return named(bodies, kind, name)["rules"]


def test_the_operator_has_the_roles_that_the_files_say(rendered):
    bodies = rendered("minimal")
    for kind, file in (("ClusterRole", "operator-clusterrole"), ("Role", "operator-role")):
        assert rules(bodies, kind, "hybridface-operator") == plain(RBAC / f"{file}.yaml")[0]["rules"]
    assert named(bodies, "Role", "hybridface-operator")["metadata"]["namespace"] == NAMESPACE


@pytest.mark.parametrize("namespace", ["studio", "portraits"])
def test_each_tenant_gives_the_operator_the_role_of_the_file(rendered, namespace):
    roles = [b for b in rendered("full") if b["kind"] == "Role" and b["metadata"]["namespace"] == namespace]
    assert [role["rules"] for role in roles] == [plain(RBAC / "operator-tenant-role.yaml")[0]["rules"]]


def test_an_operator_of_namespaces_has_no_right_outside_them(rendered):
    bodies = rendered("namespaces")
    assert {body["kind"] for body in bodies}.isdisjoint({"ClusterRole", "ClusterRoleBinding"})
    everywhere = plain(RBAC / "operator-clusterrole.yaml")[0]["rules"]
    observing = {
        body["metadata"]["namespace"]: body["rules"]
        for body in bodies
        if body["kind"] == "Role" and body["metadata"]["name"] == "second-operator-observer"
    }
    assert observing.keys() == {"garage-one", "garage-two"}
    for found in observing.values():
        assert grants(found) == {each for each in grants(everywhere) if each[1] not in {"nodes", "namespaces"}}


def grants(found):
    return {(verb, resource) for rule in found for verb in rule["verbs"] for resource in rule["resources"]}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_binding_is_to_the_operator_alone_and_its_role_is_there(rendered, example):
    bodies = rendered(example)
    there = {key(body) for body in bodies}
    account = next(b for b in bodies if b["kind"] == "ServiceAccount" and b["metadata"]["namespace"] == NAMESPACE)
    bindings = [body for body in bodies if body["kind"].endswith("Binding") and "roleRef" in body]
    assert bindings
    for binding in bindings:
        subject = {"kind": "ServiceAccount", "name": account["metadata"]["name"], "namespace": NAMESPACE}
        assert binding["subjects"] == [subject]
        role = binding["roleRef"]
        namespace = binding["metadata"].get("namespace", "") if role["kind"] == "Role" else ""
        assert (role["kind"], namespace, role["name"]) in there


def test_admission_is_as_the_files_say(rendered):
    for path in ADMISSION.glob("*.yaml"):
        for body in plain(path):
            found = named(rendered("minimal"), body["kind"], body["metadata"]["name"])
            assert found["spec"] == body["spec"]


def test_admission_speaks_of_the_namespace_and_the_label_that_there_are(helm):
    bodies = helm.render(EXAMPLES["full"], namespace="elsewhere")
    policy, binding = (
        named(bodies, kind, "hybridface-restricted-pods-pinned")["spec"]
        for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    )
    expressions = {each["name"]: each["expression"] for each in policy["variables"]}
    assert expressions["privateKey"] == "'node-restriction.kubernetes.io/zone'"
    assert expressions["privateValue"] == "'inside'"
    (left_out,) = binding["matchResources"]["namespaceSelector"]["matchExpressions"]
    assert left_out["values"] == ["kube-system", "kube-public", "kube-node-lease", "elsewhere"]
    assert "hybridface-system" not in yaml.safe_dump_all(bodies)


def test_the_definition_is_upgraded_with_the_chart_and_stays_without_it(rendered):
    (plain_crd,) = (body for path in (CHART / "files/crds").iterdir() for body in plain(path))
    crd = named(rendered("minimal"), "CustomResourceDefinition", plain_crd["metadata"]["name"])
    assert crd["spec"] == plain_crd["spec"]
    assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert not (CHART / "crds").exists(), "Helm never upgrades what lies there"


def test_claims_of_model_caches_stay_without_it_since_pods_at_work_have_them_mounted(rendered):
    claims = [body["metadata"] for body in rendered("full") if body["kind"] == "PersistentVolumeClaim"]
    caches = [claim for claim in claims if "hybridface.dev/zone" in claim["labels"]]
    assert caches
    assert all(claim["annotations"] == {"helm.sh/resource-policy": "keep"} for claim in caches)


def test_what_a_cluster_has_once_is_left_to_the_first_release(rendered):
    once = {
        "CustomResourceDefinition",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "PriorityClass",
    }
    assert once.isdisjoint(body["kind"] for body in rendered("namespaces"))
    assert once <= {body["kind"] for body in rendered("minimal")}


def test_two_releases_share_no_object(rendered):
    assert set(map(key, rendered("namespaces"))).isdisjoint(map(key, rendered("full")))
