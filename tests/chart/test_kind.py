"""The tutorial about kind speaks of the same images, nodes, pools and names as the chart with its values."""

from __future__ import annotations

import re

import pytest
import yaml

from support.chart import CHART, NAMESPACE, named, pods
from support.pages import ROOT

PAGE = (ROOT / "docs" / "tutorial" / "kind.md").read_text()
EXAMPLE = ROOT / "examples" / "kind"
WORKERS = re.findall(r"\b(?:PRIVATE|CLOUD)=(\S+)", PAGE)


@pytest.fixture(scope="module")
def bodies(helm):
    return helm.render(EXAMPLE / "values.yaml")


def test_the_images_that_are_built_are_loaded_and_are_the_chart_s(bodies):
    tags = re.findall(r"^\$ docker build .*--tag (\S+)", PAGE, re.MULTILINE)
    (loaded,) = re.findall(r"^\$ kind load docker-image (.*) --name", PAGE, re.MULTILINE)
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert tags == loaded.split()
    assert tags == [f"hybridface-operator:{version}", f"hybridface-worker:{version}"]
    used = {container["image"] for _, pod in pods(bodies) for container in pod["spec"]["containers"]}
    assert tags[0] in used
    settings = named(bodies, "ConfigMap", "hybridface-pods", NAMESPACE)
    assert tags[1] in str(settings["data"])


def test_kind_names_its_nodes_as_the_page_does():
    """`<cluster>-worker`, `<cluster>-worker2` and so on: a worker for each pool."""
    cluster = yaml.safe_load((EXAMPLE / "cluster.yaml").read_text())
    assert (cluster["kind"], cluster["apiVersion"]) == ("Cluster", "kind.x-k8s.io/v1alpha4")
    workers = [node for node in cluster["nodes"] if node == {"role": "worker"}]
    names = [f"{cluster['name']}-worker{number}".removesuffix("1") for number in range(1, len(workers) + 1)]
    assert names == WORKERS
    assert [node for node in cluster["nodes"] if node not in workers] == [{"role": "control-plane"}]
    assert set(re.findall(r"--name (\S+)\n", PAGE)) == {cluster["name"]}


def test_every_pool_has_the_node_that_the_page_labels():
    values = yaml.safe_load((EXAMPLE / "values.yaml").read_text())
    labelled = dict(re.findall(r"^\$ kubectl label node \$\w+ (\S+)=(\S+)$", PAGE, re.MULTILINE))
    pools = values["inventory"]["pools"]
    assert {key: value for pool in pools for key, value in pool["nodeSelector"].items()} == labelled


def test_services_and_secrets_of_the_page_are_there(bodies):
    services = re.findall(r"port-forward service/(\S+) (\d+)", PAGE)
    assert services
    for name, port in services:
        ports = named(bodies, "Service", name, NAMESPACE)["spec"]["ports"]
        assert [each["port"] for each in ports] == [int(port)]
    (secret,) = re.findall(r"get secret (\S+)", PAGE)
    keys = re.findall(r"\$\(key (\S+)\)", PAGE)
    assert keys
    assert set(keys) <= named(bodies, "Secret", secret, NAMESPACE)["data"].keys()
