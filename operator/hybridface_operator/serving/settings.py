"""The operator's configuration: read once from the environment and the files it names, passed down frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hybridface_operator.errors import UsageError
from hybridface_operator.limits import limits_of
from hybridface_operator.rounds.timing import Timing
from hybridface_worker.contract.spec import Limits


@dataclass(frozen=True)
class OperatorSettings:
    """What the operator is told."""

    namespace: str
    """Its own: Lease, ConfigMaps and the parent key are there."""
    instance: str
    """Its pod's name."""
    work_uri: str
    """`s3://bucket/`: everything of a job is below `<cluster>/jobs/<uid>/` there."""
    inventory: Path
    tenants: Path
    pods: Path
    """Settings of worker pods, as JSON or YAML."""
    cluster: str = ""
    """Tells clusters that share a work bucket apart; empty stands for the uid of the namespace kube-system."""
    catalogue: Path | None = None
    namespaces: tuple[str, ...] = ()
    """Watched; none stands for all of them, and for being allowed to read nodes."""
    health_port: int = 8080
    concurrency: int = 32
    """Jobs that are reconciled at a time: each waits for a dozen answers of storage, one after the other."""
    allow_private_webhooks: bool = False
    limits: Limits = field(default_factory=Limits)
    """What inputs may be at most."""
    timing: Timing = field(default_factory=Timing)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> OperatorSettings:
        """Reads `HYBRIDFACE_*`. Raises UsageError where something is missing or is not what it should be."""
        work = _needed(env, "HYBRIDFACE_WORK_URI", "where jobs keep their state, such as s3://work/")
        if not work.startswith("s3://") or not work.endswith("/"):
            raise UsageError(f"HYBRIDFACE_WORK_URI={work!r}: give s3://bucket/folder/, with a slash at its end")
        return cls(
            namespace=_needed(env, "HYBRIDFACE_NAMESPACE", "the operator's own namespace"),
            instance=env.get("HYBRIDFACE_INSTANCE") or env.get("HOSTNAME") or "hybridface-operator",
            work_uri=work,
            cluster=env.get("HYBRIDFACE_CLUSTER", "").strip("/"),
            inventory=_file(env, "HYBRIDFACE_INVENTORY"),
            tenants=_file(env, "HYBRIDFACE_TENANTS"),
            pods=_file(env, "HYBRIDFACE_PODS"),
            catalogue=_file(env, "HYBRIDFACE_CATALOGUE") if env.get("HYBRIDFACE_CATALOGUE") else None,
            namespaces=tuple(name for name in env.get("HYBRIDFACE_NAMESPACES", "").split(",") if name),
            health_port=int(_number(env, "HYBRIDFACE_HEALTH_PORT", cls.health_port)),
            concurrency=max(1, int(_number(env, "HYBRIDFACE_CONCURRENCY", cls.concurrency))),
            allow_private_webhooks=_switch(env, "HYBRIDFACE_ALLOW_PRIVATE_WEBHOOKS"),
            limits=limits_of(env),
            timing=Timing(
                **{
                    name: _number(env, f"HYBRIDFACE_{name.upper()}", default)
                    for name, default in vars(Timing()).items()
                }
            ),
        )


def _needed(env: Mapping[str, str], name: str, what: str) -> str:
    if not env.get(name):
        raise UsageError(f"{name} is not set: give {what}")
    return env[name]


def _file(env: Mapping[str, str], name: str) -> Path:
    path = Path(_needed(env, name, "the path of a file"))
    if not path.is_file():
        raise UsageError(f"{name}={env[name]!r}: there is no such file")
    return path


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name) or "false"
    if text not in ("true", "false"):
        raise UsageError(f"{name}={text!r}: give true or false")
    return text == "true"


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < 10**9:
        raise UsageError(f"{name}={text!r}: give a number of at least 0")
    return value
