"""`hybridface status`: the status of a job in a cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from hybridface_operator.errors import UsageError
from hybridface_operator.kube.api import Body, ClusterApi, Kind
from hybridface_operator.kube.errors import KubeAway
from hybridface_operator.kube.settings import KubeSettings
from hybridface_operator.spec.status import ConditionType

from .arguments import Output, OutputForm
from .cluster import Kubeconfig, kube_settings
from .status_shown import Job, shown

_PAUSE_SECONDS = 2.0

app = typer.Typer(rich_markup_mode=None)


@app.command(short_help="Show the status of a job in a cluster.")
def status(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the FaceSwapJob.")],
    namespace: Annotated[
        str, typer.Option("-n", "--namespace", metavar="NAME", help="Namespace of the FaceSwapJob.")
    ] = "default",
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow the job until it ends.")] = False,
    output: Output = OutputForm.TABLE,
    kubeconfig: Kubeconfig = None,
) -> int:
    """Show the status of a job: progress, pools, what it waits for, and cost."""
    settings = kube_settings(kubeconfig)
    try:
        job = asyncio.run(_shown(settings, namespace, name, watch=watch, as_json=output is OutputForm.JSON))
    except KeyboardInterrupt:
        return 0
    return 1 if job.holds(ConditionType.FAILED) else 0


async def follow(
    cluster: ClusterApi,
    namespace: str,
    name: str,
    show: Callable[[Job], None],
    *,
    watch: bool,
    pause_seconds: float = _PAUSE_SECONDS,
) -> Job:
    """Shows the job, and with `watch` again whenever it has changed, until it is over. Returns what was shown last.

    Raises:
        UsageError: there is no such job.
        KubeError: the API server does not answer, or not to us; while watching one that is away is waited for.
    """
    job = await _read(cluster, namespace, name)
    show(job)
    while watch and not job.over:
        await asyncio.sleep(pause_seconds)
        try:
            now = await _read(cluster, namespace, name)
        except KubeAway:
            continue
        if now != job:
            show(now)
        job = now
    return job


async def _read(cluster: ClusterApi, namespace: str, name: str) -> Job:
    body: Body | None = await cluster.get(Kind.FACE_SWAP_JOB, namespace, name)
    if body is None:
        raise UsageError(f"there is no FaceSwapJob {name} in namespace {namespace}: `kubectl get fsj -A` lists all")
    return Job.of(body)


async def _shown(settings: KubeSettings, namespace: str, name: str, *, watch: bool, as_json: bool) -> Job:
    from hybridface_operator.kube.cluster import Cluster  # noqa: PLC0415 - the client is slow to import

    async with Cluster(settings) as cluster:
        if as_json:
            return await follow(cluster, namespace, name, _print_json, watch=watch)
        console = Console()
        if not (watch and console.is_terminal):
            return await follow(cluster, namespace, name, lambda job: console.print(shown(job)), watch=watch)
        with Live(console=console, auto_refresh=False) as live:
            return await follow(
                cluster, namespace, name, lambda job: live.update(shown(job), refresh=True), watch=watch
            )


def _print_json(job: Job) -> None:
    """One object on one line, so that those of a watch can be told apart."""
    typer.echo(json.dumps({"namespace": job.namespace, "name": job.name, **job.status.to_wire()}, ensure_ascii=False))
