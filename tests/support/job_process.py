"""A whole job as a process of its own, with chunks of any size and stand-ins for models.

`hybridface run` does the same with what the schema allows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

TESTS = Path(__file__).parents[1]


def start(*arguments: object, output: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Starts it with the arguments of `main`. What happens goes to the output, an event a line."""
    return subprocess.Popen(
        [sys.executable, "-m", "support.job_process", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=output,
        stderr=subprocess.DEVNULL,
    )


def main(manifest: str, store: str, catalogue: str, workers: str, chunk_frames: str, staged: str = "") -> int:
    """The exit status of the command. `staged`: see staged_worker.py."""
    from hybridface_operator.catalogue import load_catalogue
    from hybridface_operator.local.settings import worker_command
    from support.runs import run
    from support.staged_worker import command

    result = run(
        json.loads(Path(manifest).read_text()),
        Path(store),
        workers=int(workers),
        chunk_frames=int(chunk_frames),
        catalogue=load_catalogue(Path(catalogue)),
        command=command(staged) if staged else worker_command(),
    )
    return 0 if result.complete else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
