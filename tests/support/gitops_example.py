"""examples/gitops, as the tools that it is for would read it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from build_tools import built
from support.chart import Body, objects

ROOT = Path(__file__).resolve().parents[2]
ESTATE = ROOT / "examples" / "gitops"
VALUES = ESTATE / "platform" / "values.yaml"


@cache
def kustomized(folder: Path) -> list[Body]:
    """What Kustomize makes of a folder."""
    command = [str(built("kubernetes", "kubectl")), "kustomize", str(folder)]
    return objects(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def flux(kind: str) -> dict[str, Body]:
    """The objects of a kind that Flux is given, by name; the release as well."""
    bodies = [*objects((ESTATE / "flux/estate.yaml").read_text()), *kustomized(ESTATE / "flux/platform")]
    return {body["metadata"]["name"]: body for body in bodies if body["kind"] == kind}


def applications() -> dict[str, Body]:
    """What Argo CD is given, by name."""
    return {body["metadata"]["name"]: body for body in objects((ESTATE / "argo-cd/estate.yaml").read_text())}
