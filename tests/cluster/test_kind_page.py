"""The tutorial about kind, typed command by command on the nodes of these tests, with a clip that is shorter.

What Docker and kind do there is done here before it: nodes are there, and images are on them under the names that the
page and the chart use. Consul and MinIO are those that other tests run, in images of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from build_images import PRODUCTS, reference
from build_tools import built
from support.chart import CHART
from support.cluster_network import HERE
from support.cluster_release import TENANT
from support.image_archive import write_image
from support.pages import ROOT
from support.typed import Typed

PAGE = ROOT / "docs" / "tutorial" / "kind.md"
HUB = "docker.io"
SECONDS = 600
SERVERS = ("consul", "minio")

pytestmark = [pytest.mark.deep, pytest.mark.timeout(SECONDS + 300)]  # minutes: a whole release, and the demo once more


@pytest.fixture(scope="module")
def images(cluster, tmp_path_factory):
    """The nodes have what the page loads, and what a registry would give them."""
    folder = tmp_path_factory.mktemp("images")
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    for name in SERVERS:
        image = values["trial"][name]["image"]
        write_image(built(name), f"{HUB}/{image['repository']}:{image['tag']}", folder / f"{name}.tar")
    for node in cluster.nodes.values():
        for name in SERVERS:
            node.load(folder / f"{name}.tar")
        for name in PRODUCTS:
            tag = f"{HUB}/library/hybridface-{name}:{version}"
            node.run("ctr", "--namespace=k8s.io", "images", "tag", "--force", reference(name), tag)


@pytest.fixture
def nothing_installed(cluster, release):
    """The cluster as a reader's: no release, no jobs. What was there comes back afterwards."""
    cluster.plane.kubectl("delete", "fsj", "--all", f"--namespace={TENANT}")
    release.uninstall()
    yield
    release.uninstall()
    cluster.plane.kubectl("delete", "fsj", "--all", f"--namespace={TENANT}")
    release.put_on()


@pytest.fixture
def bed(cluster, tmp_path):
    """What this bed is not like kind in, as values: DNS and the API server are no pods of kube-system."""
    here = [{"ipBlock": {"cidr": f"{HERE}/32"}}]
    port = int(cluster.plane.url.rpartition(":")[2])
    path = tmp_path / "bed.json"
    path.write_text(json.dumps({"networkPolicy": {"dns": {"to": here}, "apiServer": {"ports": [port]}}}))
    return path


def test_every_command_works_and_says_what_the_page_says(cluster, nothing_installed, images, bed, tmp_path):
    typed = Typed.of(PAGE, without=("docker ", "kind "))
    more = {"helm install": f"--values {bed}", "prepare_demo.py": "--seconds 2"}
    for part, options in more.items():
        (at,) = [number for number, command in enumerate(typed.commands) if part in command]
        typed.commands[at] += f" {options}"
    for name in ("examples", "scripts", "helm"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    programs = [Path(sys.executable), built("kubernetes", "kubectl"), built("helm")]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([*(str(path.parent) for path in programs), os.environ["PATH"]]),
        "HOME": str(tmp_path),
        "KUBECONFIG": str(cluster.plane.kubeconfig),
        "PRIVATE": cluster.nodes["private"].name,
        "CLOUD": cluster.nodes["cloud"].name,
    }
    output = typed.run(tmp_path, seconds=SECONDS, environment=environment)

    assert len(typed.commands) > 20
    assert "PriceUnknown" in output
    assert list((tmp_path / "out" / "_hybridface").rglob("*.png"))
