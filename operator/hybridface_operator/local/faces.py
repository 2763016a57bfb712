"""`hybridface faces`: asks a worker process for the faces of one image, and prints them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hybridface_operator.catalogue import load_catalogue, named_model
from hybridface_operator.errors import OperatorError, UsageError
from hybridface_operator.spec.refuse import unsupported
from hybridface_operator.spec.swap import NONE
from hybridface_operator.spec.uris import check_uri, resolve
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.spec import ModelRef

from .settings import LocalSettings

Face = dict[str, Any]
"""box [4], points [5][2], score, and with a recogniser embeddingNorm."""


def chosen_models(catalogue: Path | None, detector: str, recogniser: str) -> list[ModelRef]:
    """The models of those names: a detector, and a recogniser unless it is `none`.

    Raises:
        SpecError: the catalogue is wrong.
        JobRefused: there is no such model.
        UsageError: this version does not read its format.
    """
    known = load_catalogue(catalogue)
    models = [named_model("detector", detector, known)]
    if recogniser != NONE:
        models.append(named_model("recogniser", recogniser, known))
    for model in models:
        if why := unsupported(model):
            raise UsageError(f"--{model.kind}: {why}")
    return models


def find_faces(image: str, models: Sequence[ModelRef], settings: LocalSettings) -> list[Face]:
    """The faces of the image, the best score first.

    Raises:
        UsageError: the address is wrong, or there is no such image or model, or the file is not an image.
        OperatorError: the worker failed.
    """
    try:
        uri = resolve(check_uri(image), Path.cwd())
    except ValueError as error:
        raise UsageError(str(error)) from error
    command = [*settings.command, "faces", uri]
    for model in models:
        command += [f"--{model.kind}", model.model_dump_json(by_alias=True)]
    done = subprocess.run(command, env=settings.environment(), capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == ExitCode.DONE:
        return [line for line in lines if "box" in line]
    said = [str(line.get("message")) for line in lines if line.get("event") == Event.FAILED]
    message = (said or done.stderr.splitlines() or [f"the worker ended with {done.returncode}"])[-1]
    raise UsageError(message) if done.returncode == ExitCode.BAD_TASK else OperatorError(message)


def print_faces(faces: Sequence[Face], *, as_json: bool) -> None:
    """Prints them as one JSON array, or as a table."""
    if as_json:
        sys.stdout.write(json.dumps(faces, indent=2) + "\n")
        return
    recognised = any("embeddingNorm" in face for face in faces)
    table = Table("face", "score", "box: left, top, right, bottom", "points: eyes, nose, corners of the mouth")
    if recognised:
        table.add_column("embedding norm")
    for number, face in enumerate(faces, start=1):
        box = ", ".join(f"{value:.0f}" for value in face["box"])
        points = "  ".join(f"{x:.0f},{y:.0f}" for x, y in face["points"])
        norm = [f"{face['embeddingNorm']:.1f}"] if recognised else []
        table.add_row(str(number), f"{face['score']:.2f}", box, points, *norm)
    console = Console()
    console.print(table if faces else "no face found")
