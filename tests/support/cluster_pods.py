"""Pods that run one program to its end, in a namespace that takes none but restricted ones."""

from __future__ import annotations

import itertools
from typing import Any

from build_images import reference
from support.cluster import Cluster
from support.waiting import soon

NAMESPACE = "one-shot"
_numbers = itertools.count()

Body = dict[str, Any]


def output_of(cluster: Cluster, image: str, *command: str, pool: str = "private", seconds: float = 180) -> str:
    """What a program prints in a pod on that pool's node, as user 1000, on a root that it cannot write.

    Raises:
        AssertionError: it failed, or did not end in time; with what it printed.
    """
    name = f"pod-{next(_numbers)}"
    cluster.apply(restricted_namespace(NAMESPACE), bare_pod(name, image, command, cluster.nodes[pool].name, NAMESPACE))
    pod: Body = soon(
        lambda: cluster.get("pods", name, namespace=NAMESPACE),
        lambda pod: pod["status"]["phase"] in {"Succeeded", "Failed"},
        seconds=seconds,
    )
    printed: str = cluster.plane.kubectl("logs", name, f"--namespace={NAMESPACE}")
    assert pod["status"]["phase"] == "Succeeded", printed
    return printed.strip()


def restricted_namespace(name: str) -> Body:
    """A namespace that takes none but restricted pods."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def bare_pod(name: str, image: str, command: tuple[str, ...], node: str, namespace: str) -> Body:
    """A restricted pod that runs one program on that node."""
    container = {
        "name": "only",
        "image": reference(image),
        "command": list(command),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "nodeSelector": {"kubernetes.io/hostname": node},
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
