"""The images, in pods as strict as those of a tenant: user 1000, a root that cannot be written, no rights."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import IO, Any, cast

import pytest

from build_images import BASE, PRODUCTS, archive
from hybridface_worker import __version__
from support.cluster_pods import output_of

PRESENT = """
import json, sys
from importlib.util import find_spec
print(json.dumps([name for name in sys.argv[1:] if find_spec(name)]))
"""
WHO = "import os; print(os.getuid(), os.environ['HOME'])"
MEDIA = ("numpy", "av", "cv2", "PIL", "onnxruntime")
BUILDS = ("pip", "hatchling", "setuptools")


def test_the_worker_says_its_version(cluster):
    assert output_of(cluster, "worker", "hybridface-worker", "--version") == __version__


def test_the_operator_has_its_command(cluster):
    assert "publish" in output_of(cluster, "operator", "hybridface", "policy", "--help")


def test_they_run_as_an_ordinary_user(cluster):
    for image in ("operator", "worker"):
        assert output_of(cluster, image, "python3", "-c", WHO) == "1000 /tmp"


def test_the_operator_carries_no_media_library_and_neither_carries_what_built_it(cluster):
    assert _present(cluster, "operator") == ["kopf"]
    assert _present(cluster, "worker") == list(MEDIA)


def test_the_worker_brings_the_detector_s_weights(cluster):
    code = "from hybridface_worker.faces.centerface import weights; print(weights().name)"
    assert output_of(cluster, "worker", "python3", "-c", code) == "centerface.onnx"


@pytest.mark.parametrize("image", PRODUCTS)
def test_labels_say_what_an_image_is_and_what_it_was_built_on(image):
    path = archive(image)
    labels = _labels(path)
    assert labels["org.opencontainers.image.base.name"] == BASE
    assert labels["org.opencontainers.image.version"] == __version__
    assert path.name == f"{image}-{labels['org.opencontainers.image.revision']}.tar"


def _labels(path: Path) -> dict[str, str]:
    with tarfile.open(path) as image:

        def document(name: str) -> Any:
            return json.load(cast("IO[bytes]", image.extractfile(name)))

        (manifest,) = document("manifest.json")
        return dict(document(manifest["Config"])["config"]["Labels"])


def _present(cluster, image):
    found: list[str] = json.loads(output_of(cluster, image, "python3", "-c", PRESENT, "kopf", *MEDIA, *BUILDS))
    return found
