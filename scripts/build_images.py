"""Builds the operator's and the workers' images with buildah, without a registry, and keeps them for this machine.

`build_images.py [IMAGE]...` builds these, or the operator's and the CPU worker's, and prints where they are:
docker-archives, as `docker load` and `ctr images import` take them. They are kept in HYBRIDFACE_IMAGES_CACHE (by
default ~/.cache/hybridface/images) by the content of what they are made from. The Dockerfiles are those that
`docker build` takes; the image that they begin from is made by debootstrap and goes by the same name. Needs root.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE = "python:3.11-slim-bookworm"
TAG = "built"
_SUITE = "bookworm"
_BASE_PACKAGES = "python3,python3-venv,ca-certificates"
_BASE_LEAVES_OUT = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
_CODE = ("requirements/build.txt", "operator", "worker", "pyproject.toml", "README.md", "LICENSE", ".dockerignore")
_INPUTS = {
    "operator": ("Dockerfile.operator", "requirements/operator.txt", *_CODE),
    "worker": ("Dockerfile.worker", "requirements/worker-cpu.txt", *_CODE),
    "gpu-worker": ("Dockerfile.worker", "requirements/worker-gpu.txt", *_CODE),
    "pause": ("tests/cluster/images/Dockerfile.pause",),
}
"""By image: its Dockerfile, and what of the repository goes into it."""
_VARIANTS = {"gpu-worker": "gpu"}
PRODUCTS = ("operator", "worker")
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_LINES_OF_OUTPUT = 30


class ImageError(Exception):
    """An image that cannot be built here, and why."""


def reference(name: str) -> str:
    """The name and tag that an image has in its archive."""
    return f"localhost/hybridface-{name}:{TAG}"


def archive(name: str) -> Path:
    """The image as a docker-archive, built first where it is not there yet or something it is made from has changed.

    Raises:
        ImageError: there is no such image, a program is missing, or it does not build.
    """
    if name not in _INPUTS:
        raise ImageError(f"there is no image {name!r}; there are: {', '.join(_INPUTS)}")
    cache = _cache()
    place = cache / f"{name}-{_key(name)}.tar"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_file():
            _base(cache)
            _build(name)
            for old in cache.glob(f"{name}-*.tar"):
                old.unlink()
            _export(cache, reference(name), place)
    return place


def buildah(*arguments: str) -> str:
    """What buildah prints; the images are in a storage of their own.

    Raises:
        ImageError: it failed; with the end of what it said.
    """
    command = ["buildah", "--root", str(_cache() / "storage"), "--runroot", "/run/hybridface-images", *arguments]
    return _run(command, {**os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "overlay"})


def _cache() -> Path:
    cache = Path(os.environ.get("HYBRIDFACE_IMAGES_CACHE") or Path.home() / ".cache" / "hybridface" / "images")
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _base(cache: Path) -> None:
    """Makes what the Dockerfiles begin from: a small Debian with its own Python."""
    name = f"localhost/{BASE}"
    if any(name in line for line in buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines()):
        return
    with tempfile.TemporaryDirectory(dir=cache, prefix=".base-") as folder:
        root = Path(folder) / "root"
        _run(["debootstrap", "--variant=minbase", f"--include={_BASE_PACKAGES}", _SUITE, str(root)])
        for path in _BASE_LEAVES_OUT:
            shutil.rmtree(root / path)
            (root / path).mkdir()
        _commit(root, name)


def _commit(root: Path, name: str) -> None:
    container = buildah("from", "scratch").strip()
    try:
        _run(["cp", "--archive", f"{root}/.", buildah("mount", container).strip()])
        buildah("umount", container)
        buildah("commit", "--quiet", container, name)
    finally:
        buildah("rm", container)


def _build(name: str) -> None:
    authorities = ["--volume", f"{_AUTHORITIES}:{_AUTHORITIES}:ro"] if _AUTHORITIES.is_file() else []
    variant = [f"--build-arg=VARIANT={_VARIANTS[name]}"] if name in _VARIANTS else []
    buildah(
        *("build", "--quiet", "--layers", "--network=host", "--pull-never", *authorities, *variant),
        *(f"--build-arg=VERSION={_version()}", f"--build-arg=REVISION={_key(name)}"),
        *(f"--file={ROOT / _INPUTS[name][0]}", f"--tag={reference(name)}", str(ROOT)),
    )


def _export(cache: Path, image: str, place: Path) -> None:
    """Writes beside the place and moves there: what is in the place is whole."""
    with tempfile.TemporaryDirectory(dir=cache, prefix=".export-") as folder:
        made = Path(folder) / place.name
        buildah("push", "--quiet", image, f"docker-archive:{made}:{image}")
        made.rename(place)


def _key(name: str) -> str:
    digest = hashlib.sha256(f"{BASE} {_SUITE} {_BASE_PACKAGES} {_BASE_LEAVES_OUT}".encode())
    for path in _files(name):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(name: str) -> Iterator[Path]:
    """What goes into the image, in order."""
    for top in _INPUTS[name]:
        path = ROOT / top
        inside = path.rglob("*") if path.is_dir() else [path]
        yield from sorted(file for file in inside if file.is_file() and "__pycache__" not in file.parts)


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text: str = (ROOT / project["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    return text.partition('__version__ = "')[2].partition('"')[0]


def _run(command: Sequence[str], env: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ImageError(f"there is no {command[0]} here: run scripts/cluster_packages.py as root") from error
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-_LINES_OF_OUTPUT:])
        raise ImageError(f"{' '.join(command)} failed:\n{said}")
    return done.stdout


def main(wanted: Sequence[str]) -> int:
    """Builds and says where."""
    try:
        for name in wanted or PRODUCTS:
            print(archive(name), flush=True)
    except ImageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
