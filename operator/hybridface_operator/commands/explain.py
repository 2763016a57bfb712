"""`hybridface explain`: where jobs would go and why, and whether a recorded decision still comes out the same."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.errors import OperatorError, UsageError
from hybridface_operator.explaining.asking import request_of
from hybridface_operator.explaining.replaying import replay
from hybridface_operator.explaining.scene import Scene, scene_from_files
from hybridface_operator.explaining.shown import as_json, print_placement
from hybridface_operator.routing.allocate import allocate
from hybridface_operator.routing.placement import Placement
from hybridface_operator.spec.load import load_manifests

from .arguments import MaybeManifest, Output, OutputForm
from .cluster import Kubeconfig, kube_settings

_NAMESPACE = "hybridface-system"

app = typer.Typer(rich_markup_mode=None)


class PhaseName(StrEnum):
    """A phase that is placed."""

    PROBE = "probe"
    SWAP = "swap"
    MERGE = "merge"


@app.command()
def explain(
    manifest: MaybeManifest = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Policy, as YAML or JSON.")] = None,
    pools: Annotated[Path | None, typer.Option(metavar="FILE", help="Inventory, as YAML or JSON.")] = None,
    facts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Facts of the decision. Default: all GPUs are free and no price is known."),
    ] = None,
    decision: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Stored decision to replay, instead of a manifest."),
    ] = None,
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Take policy, pools and facts from a cluster with an operator.")
    ] = False,
    namespace: Annotated[
        str, typer.Option("-n", "--namespace", metavar="NAME", help="With --live: the operator's namespace.")
    ] = _NAMESPACE,
    kubeconfig: Kubeconfig = None,
    phase: Annotated[PhaseName, typer.Option(help="The phase to place.")] = PhaseName.SWAP,
    frames: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=2**40, help="Frames and images of the targets. Default: one shard for each target."
        ),
    ] = None,
    output: Output = OutputForm.TABLE,
) -> int:
    """Show where jobs would run in a cluster, and why."""
    if decision is not None:
        if manifest or policy or pools or facts or live:
            raise UsageError("--decision: a record holds manifest, policy, pools and facts; give it alone")
        return _replayed(decision, output)
    if manifest is None:
        raise UsageError("name a manifest, or a record with --decision FILE")
    if live and (policy or pools or facts):
        raise UsageError("--live takes policy, pools and facts from the cluster; give no files of them")
    scene = asyncio.run(_live(kubeconfig, namespace)) if live else _scene(policy, pools, facts)
    now = scene.facts.now
    requests = [request_of(job, now=now, phase=phase.value, frames=frames) for job in load_manifests(manifest)]
    for decided in allocate(requests, scene.inventory, scene.policy, scene.facts):
        _print(decided.placement, output)
    return 0


def _scene(policy: Path | None, pools: Path | None, facts: Path | None) -> Scene:
    missing = [option for option, value in (("--policy FILE", policy), ("--pools FILE", pools)) if value is None]
    if policy is None or pools is None:
        raise UsageError(f"where a job goes depends on policy and pools: give {' and '.join(missing)}, or --live")
    return scene_from_files(policy, pools, facts, datetime.now(UTC))


async def _live(kubeconfig: Path | None, namespace: str) -> Scene:
    """What could not be known is said on standard error."""
    from hybridface_operator.consul_kv.client import ConsulKV  # noqa: PLC0415 - these clients are slow to import
    from hybridface_operator.explaining.live import LiveScene  # noqa: PLC0415 - the same
    from hybridface_operator.kube.cluster import Cluster  # noqa: PLC0415 - the same

    env = os.environ
    async with AsyncExitStack() as opened:
        cluster = await opened.enter_async_context(Cluster(kube_settings(kubeconfig)))
        kv = None
        if env.get("HYBRIDFACE_CONSUL_ADDRESS"):
            kv = await opened.enter_async_context(ConsulKV(ConsulSettings.from_env(env)))
        asked = LiveScene(cluster, namespace, datetime.now(UTC))
        scene = await asked.scene(kv)
    for note in asked.notes:
        typer.echo(f"hybridface: note: {note}", err=True)
    return scene


def _replayed(path: Path, output: OutputForm) -> int:
    found = replay(path)
    _print(found.placement, output)
    if found.differs:
        raise OperatorError(
            f"{path}: decision {found.record.decision} comes out otherwise now: {', '.join(found.differs)} differ; "
            "it was made by another version, or the record was changed"
        )
    if output is OutputForm.TABLE:
        typer.echo(f"decision {found.record.decision}: the same placement as recorded")
    return 0


def _print(placement: Placement, output: OutputForm) -> None:
    if output is OutputForm.JSON:
        typer.echo(as_json(placement))
    else:
        print_placement(Console(), placement)
