"""What keeps models on the nodes: a volume for each trust zone, as administrators make them, in a folder there."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from support.clips import cache_folder, keep
from support.cluster import POOLS, PRIVATE_LABEL, Cluster
from support.onnx_graph import ANY_BATCH, ONE
from support.standins import arcface, digest

BUCKET = "models"
MODEL, OTHER, FORGED = "standin-arcface", "other-arcface", "forged-arcface"
"""Recognisers of the catalogue; the file of the last one is not what the catalogue says."""
CLAIMS = {pool: f"hybridface-models-{pool}" for pool in POOLS}
"""Of the tenant, by pool."""
_WORKER = 1000
_SIZE = "1Gi"
_NODES = {"private": (PRIVATE_LABEL, "private"), "cloud": ("hybridface.dev/pool", "cloud")}

Body = dict[str, Any]


@cache
def standin(name: str = MODEL) -> Path:
    """The file of a recogniser."""
    path = cache_folder() / f"{name}.onnx"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            keep(arcface(Path(folder) / path.name, ONE if name == OTHER else ANY_BATCH), path)
    return path


def catalogue() -> Body:
    """All of them, as values of the chart."""
    return {
        name: {
            "kind": "recogniser",
            "format": "arcface",
            "uri": f"s3://{BUCKET}/{standin(name).name}",
            "licence": "stand-in",
            "sha256": "0" * 64 if name == FORGED else digest(standin(name)),
        }
        for name in (MODEL, OTHER, FORGED)
    }


def volumes(cluster: Cluster) -> list[Body]:
    """The volumes that the claims are bound to, empty."""
    for pool in POOLS:
        folder = _folder(cluster, pool)
        folder.mkdir()
        os.chown(folder, _WORKER, _WORKER)
    return [_volume(cluster, pool) for pool in POOLS]


def caches() -> Body:
    """Values of the chart: a claim for each zone, made by it."""
    create = {"size": _SIZE}
    return {
        pool: {
            "kind": "persistentVolumeClaim",
            "claim": claim,
            "create": {**create, "storageClassName": claim},
        }
        for pool, claim in CLAIMS.items()
    }


def kept(cluster: Cluster, pool: str) -> set[str]:
    """The files in the cache of that pool's zone."""
    return {path.name for path in _folder(cluster, pool).iterdir()}


def _folder(cluster: Cluster, pool: str) -> Path:
    return cluster.folder / f"models-{pool}"


def _volume(cluster: Cluster, pool: str) -> Body:
    key, value = _NODES[pool]
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": CLAIMS[pool]},
        "spec": {
            "capacity": {"storage": _SIZE},
            "accessModes": ["ReadWriteMany"],
            "storageClassName": CLAIMS[pool],
            "hostPath": {"path": str(_folder(cluster, pool)), "type": "Directory"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    }
