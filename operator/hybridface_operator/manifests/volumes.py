"""Volumes of a worker pod and where its containers find them. Nothing of it lies on the node's own file system."""

from __future__ import annotations

from typing import Any

from .settings import Amounts, Cache, ClaimCache, EmptyDirCache, ImageCache

CREDENTIALS_PATH = "/var/run/hybridface/credentials"
"""A Secret that is mounted whole is renewed in place; one file of it would not be."""
CA_PATH = "/etc/hybridface/ca"
MODELS_PATH = "/var/cache/hybridface/models"
SCRATCH_PATH = "/tmp"  # noqa: S108 - the pod's own, and the only place where libraries may write
_OWNER_AND_GROUP_READ = 0o440


def volumes(secret: str, amounts: Amounts, cache: Cache | None, ca_config_map: str | None) -> list[dict[str, Any]]:
    """All volumes of a pod; `cache` is None where no models are fetched."""
    wanted: list[dict[str, Any]] = [
        {"name": "credentials", "secret": {"secretName": secret, "defaultMode": _OWNER_AND_GROUP_READ}},
        {"name": "scratch", "emptyDir": {"sizeLimit": amounts.ephemeral_storage}},
    ]
    if cache is not None:
        wanted.append({"name": "models", **_source(cache)})
    if ca_config_map is not None:
        wanted.append({"name": "ca", "configMap": {"name": ca_config_map}})
    return wanted


def mounts(*, models: bool, fills_models: bool, ca: bool) -> list[dict[str, Any]]:
    """Where a container finds them; only the one that fills the cache may write to it."""
    wanted: list[dict[str, Any]] = [
        {"name": "credentials", "mountPath": CREDENTIALS_PATH, "readOnly": True},
        {"name": "scratch", "mountPath": SCRATCH_PATH},
    ]
    if models:
        wanted.append({"name": "models", "mountPath": MODELS_PATH, "readOnly": not fills_models})
    if ca:
        wanted.append({"name": "ca", "mountPath": CA_PATH, "readOnly": True})
    return wanted


def _source(cache: Cache) -> dict[str, Any]:
    match cache:
        case EmptyDirCache():
            return {"emptyDir": {"sizeLimit": cache.size_limit}}
        case ClaimCache():
            return {"persistentVolumeClaim": {"claimName": cache.claim}}
        case ImageCache():
            return {"image": {"reference": cache.reference, "pullPolicy": "IfNotPresent"}}
