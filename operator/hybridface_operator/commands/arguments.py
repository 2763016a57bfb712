"""Arguments that several commands have: what is worked, and how a result is printed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_MANIFEST = typer.Argument(metavar="MANIFEST", help="File with FaceSwapJobs, as YAML or JSON; - reads standard input.")
Manifest = Annotated[Path, _MANIFEST]
MaybeManifest = Annotated[Path | None, _MANIFEST]


class OutputForm(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[OutputForm, typer.Option("-o", "--output", help="Output format.")]
"""`-o table|json`."""
