"""`hybridface run` and `hybridface faces`: work on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridface_operator.errors import Interrupted, UsageError
from hybridface_operator.extras import missing_extras
from hybridface_operator.local.faces import chosen_models, find_faces, print_faces
from hybridface_operator.local.run import run_manifest
from hybridface_operator.local.settings import LocalSettings, default_workers
from hybridface_operator.spec.swap import NONE

from .arguments import Manifest, Output, OutputForm

STORE = Path(".hybridface")
Models = Annotated[Path | None, typer.Option(metavar="FILE", help="Catalogue of your own models, as YAML.")]

app = typer.Typer(rich_markup_mode=None)


@app.command()
def run(
    manifest: Manifest,
    store: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the state of jobs.")] = STORE,
    models: Models = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Number of worker processes. Default: one for every 8 cores."),
    ] = None,
) -> int:
    """Run the jobs of a manifest on this machine. Run the command again to resume interrupted jobs."""
    _need_worker()
    settings = LocalSettings(store=store.absolute(), workers=workers or default_workers())
    try:
        return run_manifest(manifest, models, settings)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("interrupted; what was done is kept, and the same command goes on from there") from None


@app.command(short_help="Show the faces in an image.")
def faces(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="Path or URI of an image.")],
    output: Output = OutputForm.TABLE,
    models: Models = None,
    detector: Annotated[str, typer.Option(metavar="NAME", help="Model that finds faces.")] = "centerface",
    recogniser: Annotated[str, typer.Option(metavar="NAME", help="Model that computes embeddings.")] = NONE,
    store: Annotated[Path, typer.Option(metavar="DIR", help="Folder that caches models.")] = STORE,
) -> int:
    """Show the faces that a detector finds in an image, and the norms of their embeddings."""
    _need_worker()
    settings = LocalSettings(store=store.absolute(), workers=1)
    found = find_faces(image, chosen_models(models, detector, recogniser), settings)
    print_faces(found, as_json=output is OutputForm.JSON)
    return 0


def _need_worker() -> None:
    if missing := missing_extras(("worker", "cpu")):
        raise UsageError(missing)
