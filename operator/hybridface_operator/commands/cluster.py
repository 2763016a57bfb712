"""The option of commands that ask a cluster: how it is reached."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hybridface_operator.errors import UsageError
from hybridface_operator.kube.settings import KubeSettings

Kubeconfig = Annotated[
    Path | None, typer.Option(metavar="FILE", envvar="KUBECONFIG", help="Kubeconfig of the cluster.")
]
_DEFAULT = Path("~/.kube/config")


def kube_settings(kubeconfig: Path | None) -> KubeSettings:
    """By that file; else by the one that kubectl reads, where it is there; else as the pod that this runs in.

    Raises:
        UsageError: a file is named, or several as kubectl takes them, and there is none.
    """
    if kubeconfig and not any(Path(part).is_file() for part in str(kubeconfig).split(os.pathsep)):
        raise UsageError(f"there is no kubeconfig {kubeconfig}: name another with --kubeconfig, or unset KUBECONFIG")
    path = _DEFAULT.expanduser()
    return KubeSettings(kubeconfig=kubeconfig or (path if path.is_file() else None))
