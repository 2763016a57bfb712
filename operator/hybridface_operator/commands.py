"""What the `hybridface` command can do. Each command reads its arguments here and works elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hybridface_operator.cli import missing_extras
from hybridface_operator.errors import Interrupted, UsageError
from hybridface_operator.local.faces import find_faces, print_faces
from hybridface_operator.local.run import run_manifest
from hybridface_operator.local.settings import LocalSettings, default_workers
from hybridface_worker import __version__

app = typer.Typer(
    name="hybridface",
    help="Face processing across a private and a cloud pool of GPUs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class OutputForm(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        typer.echo(f"hybridface {__version__}")
        raise typer.Exit


@app.callback()
def hybridface(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Face processing across a private and a cloud pool of GPUs."""


@app.command()
def run(
    manifest: Annotated[Path, typer.Argument(help="One or more FaceSwapJobs, as YAML.")],
    store: Annotated[Path, typer.Option(help="Folder that holds the state of jobs.")] = Path(".hybridface"),
    models: Annotated[Path | None, typer.Option(help="Catalogue of models, as YAML.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes at a time; by default one for every 8 cores.")
    ] = None,
) -> int:
    """Run jobs on this machine. The same command goes on where an earlier one was interrupted."""
    _need_worker()
    settings = LocalSettings(store=store.absolute(), workers=workers or default_workers())
    try:
        return run_manifest(manifest, models, settings)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("interrupted; what was done is kept, and the same command goes on from there") from None


@app.command()
def faces(
    image: Annotated[str, typer.Argument(help="Path or URI of an image.")],
    output: Annotated[OutputForm, typer.Option("-o", "--output", help="How to print them.")] = OutputForm.TABLE,
) -> int:
    """Show the faces that the detector finds in an image."""
    _need_worker()
    print_faces(find_faces(image), as_json=output is OutputForm.JSON)
    return 0


def _need_worker() -> None:
    if missing := missing_extras(("worker", "cpu")):
        raise UsageError(missing)
