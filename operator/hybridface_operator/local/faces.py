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

from hybridface_operator.errors import OperatorError, UsageError
from hybridface_operator.spec.uris import resolve
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.exit_codes import ExitCode

Face = dict[str, Any]
"""box [4], points [5][2], score, and with a recogniser the embedding's norm."""


def find_faces(image: str, detector: str = "centerface") -> list[Face]:
    """The faces of the image, the best score first.

    Raises:
        UsageError: there is no such image, or it is none.
        OperatorError: the worker failed.
    """
    command = [sys.executable, "-m", "hybridface_worker", "--die-with-parent", "faces", resolve(image, Path.cwd())]
    done = subprocess.run([*command, "--detector", detector], capture_output=True, text=True, check=False)
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
    table = Table("face", "score", "box: left, top, right, bottom", "points: eyes, nose, corners of the mouth")
    for number, face in enumerate(faces, start=1):
        box = ", ".join(f"{value:.0f}" for value in face["box"])
        points = "  ".join(f"{x:.0f},{y:.0f}" for x, y in face["points"])
        table.add_row(str(number), f"{face['score']:.2f}", box, points)
    console = Console()
    console.print(table if faces else "no face found")
