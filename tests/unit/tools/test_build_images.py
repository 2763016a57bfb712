"""An image is built when something that goes into it has changed, and at no other time; buildah is played."""

from __future__ import annotations

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import build_images
from build_images import BASE, PRODUCTS, ImageError, archive

ROOT = build_images.ROOT
BUILDAH = f"""#!/bin/sh
test -e broken && {{ echo "no space left" >&2; exit 125; }}
case "$*" in
*" images "*) echo localhost/{BASE} ;;
*" build "*) echo "$*" | sed 's/.*--tag=//; s/ .*//' >> "$BUILDS" ;;
*" push "*)
    for to; do :; done
    path=${{to#docker-archive:}}
    echo image > "${{path%%:*}}" ;;
esac
"""


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    """What images are made from, and some of what they are not, with a cache of its own."""
    root = tmp_path / "checkout"
    for top in {path for paths in build_images._INPUTS.values() for path in paths}:
        place = root / top
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / top).is_dir():
            shutil.copytree(ROOT / top, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / top, place)
    (root / "docs").mkdir()
    program = tmp_path / "bin" / "buildah"
    program.parent.mkdir()
    program.write_text(BUILDAH)
    program.chmod(0o755)
    monkeypatch.setattr(build_images, "ROOT", root)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.defpath}")
    monkeypatch.setenv("BUILDS", str(tmp_path / "builds"))
    monkeypatch.setenv("HYBRIDFACE_IMAGES_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return root


def built(tmp_path):
    """The images that were built so far, in order, without what they have in common."""
    file = tmp_path / "builds"
    return re.findall(r"hybridface-(\w+):", file.read_text()) if file.exists() else []


def test_an_image_is_built_once_whoever_asks(tmp_path):
    with ThreadPoolExecutor(4) as threads:
        places = set(threads.map(archive, ["worker"] * 8))
    assert [place.read_text() for place in places] == ["image\n"]
    assert built(tmp_path) == ["worker"]


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ("Dockerfile.worker", ["worker"]),
        ("requirements/operator.txt", ["operator"]),
        ("requirements/worker-cpu.txt", ["worker"]),
        ("requirements/build.txt", ["operator", "worker"]),
        ("worker/hybridface_worker/py.typed", ["operator", "worker"]),
        ("operator/hybridface_operator/new.py", ["operator", "worker"]),
        ("tests/cluster/images/Dockerfile.pause", []),
        ("docs/index.md", []),
        ("worker/hybridface_worker/__pycache__/x.pyc", []),
    ],
)
def test_it_is_built_anew_when_what_goes_into_it_changes(checkout, tmp_path, changed, anew):
    before = {name: archive(name) for name in PRODUCTS}
    file = checkout / changed
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{file.read_text() if file.exists() else ''}# changed\n")
    after = {name: archive(name) for name in PRODUCTS}
    assert built(tmp_path) == [*PRODUCTS, *anew]
    assert [name for name in PRODUCTS if before[name] != after[name]] == anew
    assert [name for name in PRODUCTS if not before[name].exists()] == anew, "what is out of date is not kept"


@pytest.mark.parametrize("name", PRODUCTS)
def test_an_image_asks_for_no_gpus(name):
    """Where a node's runtime goes by this variable, a pod that asked for none would see all of the node's."""
    assert "NVIDIA_VISIBLE_DEVICES=" not in (ROOT / build_images._INPUTS[name][0]).read_text()


def test_what_the_dockerfiles_copy_counts_as_what_goes_in():
    for name in PRODUCTS:
        dockerfile, *inputs = build_images._INPUTS[name]
        copied = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / dockerfile).read_text(), re.MULTILINE)
        assert copied
        sent = {path.replace("${VARIANT}", "cpu") for path in copied if path != "."}
        ignored = (ROOT / ".dockerignore").read_text().split()
        assert ignored[0] == "*", "of the context, what is not named is left out"
        sent |= {line.removeprefix("!") for line in ignored if line.startswith("!") and "requirements" not in line}
        assert sent <= set(inputs)


def test_a_build_that_fails_says_why_and_leaves_nothing(tmp_path):
    Path("broken").touch()
    with pytest.raises(ImageError, match="no space left"):
        archive("worker")
    assert list((tmp_path / "cache").glob("*.tar")) == []
    with pytest.raises(ImageError, match="there are: operator, worker"):
        archive("sidecar")


def test_without_buildah_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match=r"run scripts/cluster_packages\.py as root"):
        archive("worker")
