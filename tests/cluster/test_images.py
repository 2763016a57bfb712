"""The images, in pods as strict as those of a tenant: user 1000, a root that cannot be written, no rights."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
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
WEIGHTS = "from hybridface_worker.faces.centerface import weights; print(weights().name)"
MEDIA = ("numpy", "av", "cv2", "PIL", "onnxruntime")
BUILDS = ("pip", "hatchling", "setuptools")
IN_TURN = """
import json, subprocess, sys
asked = json.loads(sys.argv[1])
print(json.dumps([subprocess.run(each, capture_output=True, text=True, check=True).stdout.strip() for each in asked]))
"""
COMMANDS = {
    "who": ("python3", "-c", WHO),
    "present": ("python3", "-c", PRESENT, "kopf", *MEDIA, *BUILDS),
}
ASKED = {
    "operator": {**COMMANDS, "help": ("hybridface", "policy", "--help")},
    "worker": {**COMMANDS, "version": ("hybridface-worker", "--version"), "weights": ("python3", "-c", WEIGHTS)},
}

Said = Callable[[str, str], str]


@pytest.fixture(scope="module")
def said(cluster) -> Said:
    """What a command prints in an image: all commands of an image are run in one pod."""
    printed = {
        image: json.loads(output_of(cluster, image, "python3", "-c", IN_TURN, json.dumps([*commands.values()])))
        for image, commands in ASKED.items()
    }
    return lambda image, command: printed[image][[*ASKED[image]].index(command)]


def test_the_worker_says_its_version(said):
    assert said("worker", "version") == __version__


def test_the_operator_has_its_command(said):
    assert "publish" in said("operator", "help")


@pytest.mark.parametrize("image", ASKED)
def test_they_run_as_an_ordinary_user(said, image):
    assert said(image, "who") == "1000 /tmp"


def test_the_operator_carries_no_media_library_and_neither_carries_what_built_it(said):
    assert json.loads(said("operator", "present")) == ["kopf"]
    assert json.loads(said("worker", "present")) == list(MEDIA)


def test_the_worker_brings_the_detector_s_weights(said):
    assert said("worker", "weights") == "centerface.onnx"


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
