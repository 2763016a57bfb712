"""The chart as Helm renders and installs it. Knows how Helm is called, not what the chart should be."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from build_tools import built
from support.control_plane import ControlPlane

CHART = Path(__file__).resolve().parents[2] / "helm" / "hybridface"
EXAMPLES = {path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))}
"""Values of estates that differ, by name."""
NAMESPACE, SECOND = "hybridface-system", "garage-system"
"""Where operators are: the release that owns what a cluster has once, and one of some namespaces."""
Body = dict[str, Any]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the definition has a thousand lines
_TEMPLATE = ("spec", "template")
_PODS_OF = {"Pod": (), "Deployment": _TEMPLATE, "StatefulSet": _TEMPLATE, "Job": _TEMPLATE}


def with_field(folder: Path, name: str, schema: Body) -> Path:
    """The chart of a later release, in that folder: the specification of its FaceSwapJobs has one field more."""
    chart = folder / "hybridface"
    shutil.copytree(CHART, chart)
    (file,) = (chart / "files" / "crds").iterdir()
    definition = yaml.safe_load(file.read_text())
    whole = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    whole["properties"]["spec"]["properties"][name] = schema
    file.write_text(yaml.safe_dump(definition))
    return chart


class HelmError(Exception):
    """Helm refused, and why."""


class Helm:
    """Helm, with a home of its own and maybe a cluster."""

    def __init__(self, folder: Path, kubeconfig: Path | None = None) -> None:
        self._folder = folder
        self._kubeconfig = kubeconfig or folder / "no-cluster"

    def __call__(self, *arguments: str) -> str:
        """What it prints. Raises HelmError."""
        environment = {"HOME": str(self._folder), "PATH": "/usr/bin:/bin", "KUBECONFIG": str(self._kubeconfig)}
        command = [str(built("helm")), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise HelmError(done.stderr.strip())
        return done.stdout

    def render(self, *values: Path | Body, name: str = "hybridface", namespace: str = NAMESPACE) -> list[Body]:
        """Every object of the chart with these values, hooks too. Raises HelmError."""
        return objects(self("template", name, str(CHART), f"--namespace={namespace}", *self.options(*values)))

    def options(self, *values: Path | Body) -> list[str]:
        """Values as options: files, or mappings that are written to files."""
        return [f"--values={self._file(each)}" for each in values]

    def _file(self, values: Path | Body) -> Path:
        if isinstance(values, Path):
            return values
        path = self._folder / f"values-{len(list(self._folder.glob('values-*')))}.yaml"
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        return path


def objects(text: str) -> list[Body]:
    """The documents of a manifest, without empty ones."""
    return [body for body in yaml.load_all(text, Loader=_LOADER) if body]


def named(bodies: list[Body], kind: str, name: str, namespace: str | None = None) -> Body:
    """The one object of that kind and name, in any namespace where none is said. Raises KeyError."""
    wanted = {(kind, name, namespace)}
    found = [b for b in bodies if {(b["kind"], b["metadata"]["name"], namespace and key(b)[1])} == wanted]
    if len(found) != 1:
        raise KeyError(f"{len(found)} objects {kind} {name}; there are: {sorted(map(key, bodies))}")
    return found[0]


def key(body: Body) -> tuple[str, str, str]:
    """What tells it from all others."""
    return body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]


def pods(bodies: list[Body]) -> Iterator[tuple[str, Body]]:
    """Every pod, or template of pods, after the name of its object."""
    for body in bodies:
        if body["kind"] in _PODS_OF:
            pod: Mapping[str, Any] = body
            for field in _PODS_OF[body["kind"]]:
                pod = pod[field]
            yield f"{body['kind']}/{body['metadata']['name']}", dict(pod)


def can_i(plane: ControlPlane, account: str, verb: str, what: str, *where: str) -> str:
    """`yes` or `no`: whether an account may do that, as the API server says."""
    try:
        return plane.kubectl("auth", "can-i", verb, what, f"--as={account}", *where).splitlines()[-1].strip()
    except RuntimeError:
        return "no"
