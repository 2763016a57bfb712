"""examples/gitops: what it names is there, and values, policy and jobs go together."""

from __future__ import annotations

import shutil

import pytest

from hybridface_operator.credentials.check import check_access
from hybridface_operator.policy.load import check_tenants, load_inventory, load_policy
from hybridface_operator.spec.parse import parse_job
from support.chart import CHART, NAMESPACE, named, pods
from support.chart_pods import Unpacked
from support.gitops_example import ESTATE, ROOT, VALUES, applications, flux, kustomized
from support.gitops_page import health_expressions

POLICY, CAMPAIGNS = ESTATE / "policy", ESTATE / "campaigns"
PARTS = ["campaigns", "hybridface", "policy"]


@pytest.fixture(scope="module")
def platform(helm):
    """The chart with the values of the example."""
    return helm.render(VALUES)


@pytest.fixture
def document(platform, tmp_path):
    """The path of a document that the operator would find."""
    unpacked = Unpacked(platform, dict(pods(platform))["Deployment/hybridface-operator"], tmp_path)
    unpacked.environment()
    return lambda name: unpacked.at(f"/etc/hybridface/{name}.yaml")


def published(folder=POLICY):
    """The Job and the ConfigMap that publish the policy."""
    by_kind = {body["kind"]: body for body in kustomized(folder)}
    assert by_kind.keys() == {"Job", "ConfigMap"}
    return by_kind["Job"], by_kind["ConfigMap"]


def config_maps(job):
    return {v["configMap"]["name"] for v in job["spec"]["template"]["spec"]["volumes"] if "configMap" in v}


def test_the_policy_validates_for_the_pools_of_the_values(document):
    assert load_policy(POLICY / "policy.yaml", load_inventory(document("inventory"))).rules


def test_the_tenant_may_read_and_write_what_its_jobs_name(document):
    work = "s3://hybridface-work/rack-7/"
    tenants, _ = check_tenants(document("tenants"), work)
    jobs = kustomized(CAMPAIGNS)
    assert jobs
    for body in jobs:
        namespace = body["metadata"]["namespace"]
        assert check_access(namespace, tenants.grant(namespace), parse_job(body).spec) == []


def test_every_job_has_an_output_folder_of_its_own_name():
    for body in kustomized(CAMPAIGNS):
        assert body["spec"]["output"]["uri"].endswith(f"/{body['metadata']['name']}/")


def test_the_policy_is_published_from_what_the_chart_and_this_folder_make(platform):
    job, policy = published()
    assert policy["data"]["policy.yaml"] == (POLICY / "policy.yaml").read_text()
    inventory = named(platform, "ConfigMap", "hybridface-inventory")["metadata"]
    assert inventory["namespace"] == job["metadata"]["namespace"] == NAMESPACE
    assert config_maps(job) == {policy["metadata"]["name"], inventory["name"]}
    (container,) = job["spec"]["template"]["spec"]["containers"]
    operator = named(platform, "Deployment", "hybridface-operator")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == operator["image"]
    consul = {each["name"]: each.get("value") for each in operator["env"]}
    assert container["env"][0]["value"] == consul["HYBRIDFACE_CONSUL_ADDRESS"]


def test_another_policy_is_another_job_for_flux_and_argo_cd(tmp_path):
    folder = shutil.copytree(POLICY, tmp_path / "policy")
    (folder / "policy.yaml").write_text("default: {place: [private]}\n")
    job, _ = published()
    other, _ = published(folder)
    assert config_maps(job) != config_maps(other)
    assert job["metadata"]["annotations"] == {
        "kustomize.toolkit.fluxcd.io/force": "enabled",
        "argocd.argoproj.io/hook": "Sync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    }


def test_flux_waits_in_order_for_folders_that_there_are():
    parts = flux("Kustomization")
    order = ["platform", "policy", "campaigns"]
    assert list(parts) == order
    for name, before in zip(order, [None, *order], strict=False):
        spec = parts[name]["spec"]
        assert spec.get("dependsOn", []) == ([{"name": before}] if before else [])
        assert spec["wait"]
        assert (ROOT / spec["path"] / "kustomization.yaml").is_file()
        assert spec["sourceRef"] == {"kind": "GitRepository", "name": "estate"}
        assert "force" not in spec, "jobs would be made anew"
    assert list(flux("GitRepository")) == ["estate"]


def test_flux_knows_the_health_of_jobs_as_the_guide_says():
    (told,) = flux("Kustomization")["campaigns"]["spec"]["healthCheckExprs"]
    assert told.items() >= health_expressions().items()


def test_flux_installs_this_chart_with_these_values():
    spec = flux("HelmRelease")["hybridface"]["spec"]
    chart = spec["chart"]["spec"]
    assert (ROOT / chart["chart"]).resolve() == CHART
    assert [(ROOT / each).resolve() for each in chart["valuesFiles"]] == [CHART / "values.yaml", VALUES]
    assert (spec["releaseName"], spec["targetNamespace"]) == ("hybridface", NAMESPACE)


def test_argo_cd_finds_every_folder_and_the_values_beside_the_chart():
    found = {name: body["spec"] for name, body in applications().items()}
    assert sorted(found) == PARTS
    for spec in found.values():
        assert (ROOT / spec["source"]["path"]).is_dir()
    (values,) = found["hybridface"]["source"]["helm"]["valueFiles"]
    assert (CHART / values).resolve() == VALUES
    namespaces = {name: spec["destination"]["namespace"] for name, spec in found.items()}
    assert namespaces == {"hybridface": NAMESPACE, "policy": NAMESPACE, "campaigns": "studio"}


def test_argo_cd_takes_nothing_with_it_and_replaces_nothing():
    for body in applications().values():
        assert "finalizers" not in body["metadata"]
        assert "Replace=true" not in body["spec"]["syncPolicy"].get("syncOptions", [])


def test_what_the_example_makes_twice_is_the_same(helm, platform):
    assert helm.render(VALUES) == platform, "Argo CD would never be in sync"
