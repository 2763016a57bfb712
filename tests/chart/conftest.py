from __future__ import annotations

import json
from functools import cache

import pytest

from support import control_plane
from support.chart import CHART, EXAMPLES, NAMESPACE, SECOND, Helm

MONITORING = [("servicemonitors", "ServiceMonitor"), ("prometheusrules", "PrometheusRule")]


@pytest.fixture(scope="session")
def helm(tmp_path_factory):
    """Helm without a cluster."""
    return Helm(tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def rendered(helm):
    """Renders one of the examples, once."""
    return cache(lambda name: helm.render(EXAMPLES[name]))


@pytest.fixture(scope="session")
def plane(tmp_path_factory):
    """A control plane without the custom resource: the chart brings it."""
    with control_plane.running(tmp_path_factory.mktemp("plane"), crds=()) as servers:
        yield servers


@pytest.fixture(scope="session")
def live_helm(tmp_path_factory, plane):
    """Helm with that cluster."""
    return Helm(tmp_path_factory.mktemp("live-helm"), plane.kubeconfig)


@pytest.fixture(scope="session")
def cluster(plane):
    """That control plane; its namespaces for operators enforce `restricted`, and it knows Prometheus' kinds."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    for name in (NAMESPACE, SECOND):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        plane.kubectl("apply", "--filename=-", stdin=json.dumps(body))
    for names in MONITORING:
        plane.kubectl("apply", "--filename=-", stdin=json.dumps(_definition(*names)))
    plane.wait_for_definitions()
    return plane


@pytest.fixture(scope="session")
def release(cluster, live_helm):
    """Helm with a cluster in which the trial is installed. A test that changes the release puts it back."""
    live_helm("install", "hybridface", str(CHART), f"--namespace={NAMESPACE}", *live_helm.options(EXAMPLES["trial"]))
    cluster.wait_for_definitions()
    return live_helm


@pytest.fixture(scope="session")
def second(cluster, release):
    """The cluster, with an operator of some namespaces beside the first release."""
    release("install", "second", str(CHART), f"--namespace={SECOND}", *release.options(EXAMPLES["namespaces"]))
    return cluster


def _definition(plural, kind):
    """As much of another operator's definition as makes its kind known."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.monitoring.coreos.com"},
        "spec": {
            "group": "monitoring.coreos.com",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [version],
        },
    }
