"""`hybridface run` with stand-ins for workers: MANIFEST STORE WORKERS GRACE_SECONDS."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from hybridface_operator import cli
from hybridface_operator.commands import local
from hybridface_operator.local.settings import LocalSettings

STANDIN = Path(__file__).with_name("standin_worker.py")


def hybridface_run(manifest: str, store: str, workers: str, grace_seconds: str) -> int:
    """The exit status of the command."""

    def settings(store: Path, workers: int) -> LocalSettings:
        return LocalSettings(store, workers, (sys.executable, str(STANDIN)), float(grace_seconds))

    arguments = ["hybridface", "run", manifest, "--store", store, "--workers", workers]
    with patch.object(local, "LocalSettings", settings), patch.object(sys, "argv", arguments):
        return cli.main()


if __name__ == "__main__":
    sys.exit(hybridface_run(*sys.argv[1:]))
