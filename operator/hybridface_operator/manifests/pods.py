"""The pod of an attempt, as its Job's template: Pod Security `restricted`, and no way to the cluster's API."""

from __future__ import annotations

from typing import Any

from hybridface_operator.policy.inventory import Inventory, Pool
from hybridface_operator.spec.labels import PRELOAD, WORKER

from .attempt import AttemptRef, JobContext, labels, secret_name
from .nodes import scheduling
from .settings import ImageCache, PodSettings
from .volumes import CA_PATH, CREDENTIALS_PATH, MODELS_PATH, SCRATCH_PATH, mounts, volumes

PROGRAM = "hybridface-worker"
USER = 1000


def pod_template(
    context: JobContext, attempt: AttemptRef, pool: Pool, inventory: Inventory, settings: PodSettings
) -> dict[str, Any]:
    """The template that the Job makes its pods of."""
    cache = settings.caches.of(pool.kind) if context.preload else None
    spec: dict[str, Any] = {
        "restartPolicy": "Never",
        "serviceAccountName": settings.service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": settings.priority_class(context.priority),
        "terminationGracePeriodSeconds": settings.grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **scheduling(pool, attempt.phase, context.sensitivity, inventory),
    }
    if settings.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in settings.image_pull_secrets]
    if cache is not None:
        spec["initContainers"] = [_preload(context, attempt, pool, settings, fills=not isinstance(cache, ImageCache))]
    spec["containers"] = [_worker(context, attempt, pool, settings)]
    secret = secret_name(context.sensitivity, context.job.uid, attempt.number)
    spec["volumes"] = volumes(secret, settings.amounts(attempt.phase), cache, settings.store.ca_config_map)
    metadata: dict[str, Any] = {"labels": settings.labels(context.labels) | labels(context, attempt)}
    if settings.pod_annotations:
        metadata["annotations"] = settings.pod_annotations
    return {"metadata": metadata, "spec": spec}


def container_names(context: JobContext) -> tuple[str, ...]:
    """The containers of a pod."""
    return (PRELOAD, WORKER) if context.preload else (WORKER,)


def _worker(context: JobContext, attempt: AttemptRef, pool: Pool, settings: PodSettings) -> dict[str, Any]:
    container = _container(WORKER, attempt.phase, context, attempt, pool, settings)
    container["volumeMounts"] = mounts(models=context.preload, fills_models=False, ca=_has_ca(settings))
    if attempt.phase == "swap":
        for amounts in container["resources"].values():
            amounts[pool.gpu_resource] = "1"
    return container


def _preload(
    context: JobContext, attempt: AttemptRef, pool: Pool, settings: PodSettings, *, fills: bool
) -> dict[str, Any]:
    """Fetches models. It asks for no device: the pod's is reserved for its time anyway."""
    container = _container(PRELOAD, PRELOAD, context, attempt, pool, settings)
    container["volumeMounts"] = mounts(models=True, fills_models=fills, ca=_has_ca(settings))
    return container


def _container(
    name: str, command: str, context: JobContext, attempt: AttemptRef, pool: Pool, settings: PodSettings
) -> dict[str, Any]:
    amounts = settings.amounts(attempt.phase).model_dump(mode="json")
    resources = {name.replace("_", "-"): amount for name, amount in amounts.items()}
    return {
        "name": name,
        "image": context.image or settings.image,
        "command": [PROGRAM],
        "args": [command, attempt.task],
        "env": _env(context, pool, settings),
        "resources": {"requests": dict(resources), "limits": dict(resources)},
        "terminationMessagePolicy": "FallbackToLogsOnError",  # why it failed outlives the pod's log
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }


def _env(context: JobContext, pool: Pool, settings: PodSettings) -> list[dict[str, Any]]:
    """The administrator's variables come first: of two of one name the later one holds."""
    given = {**settings.env, **pool.env}
    values = {
        **given,
        "HYBRIDFACE_S3_ENDPOINT": settings.store.endpoint,
        "HYBRIDFACE_S3_REGION": settings.store.region,
        "HYBRIDFACE_CREDENTIALS_DIR": CREDENTIALS_PATH,
        "HYBRIDFACE_SCRATCH": SCRATCH_PATH,
    }
    if _has_ca(settings):
        values["HYBRIDFACE_S3_CA_FILE"] = f"{CA_PATH}/ca.crt"
    if context.preload:
        values["HYBRIDFACE_MODEL_CACHE"] = MODELS_PATH
    fields = {"HYBRIDFACE_WORKER_NAME": {"fieldRef": {"fieldPath": "metadata.name"}}}
    if "HYBRIDFACE_THREADS" not in values:
        fields["HYBRIDFACE_THREADS"] = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1"}}
    return [{"name": name, "value": value} for name, value in sorted(values.items())] + [
        {"name": name, "valueFrom": source} for name, source in fields.items() if name not in given
    ]


def _has_ca(settings: PodSettings) -> bool:
    return settings.store.ca_config_map is not None
