"""The operator as a process of its own, as its pod would run it, with times made short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import urllib3

from support.processes import free_port

_FAST = {
    "HYBRIDFACE_STORAGE_SECONDS": "2",
    "HYBRIDFACE_PLACEMENT_SECONDS": "1",
    "HYBRIDFACE_RESYNC_SECONDS": "20",
    "HYBRIDFACE_DEAD_POD_SECONDS": "5",
    "HYBRIDFACE_SWEEP_SECONDS": "3",
    "HYBRIDFACE_ORPHAN_SECONDS": "5",
}
_GRACE_SECONDS = 30
"""That a pod has (`terminationGracePeriodSeconds`)."""


class OperatorProcess:
    """One operator, started and ended as often as a test wants; its log goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.health_port = free_port()
        self.times: Mapping[str, str] = _FAST
        """How long it waits for what; without any it is as it is delivered."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of its process. Raises RuntimeError where none runs."""
        if self._process is None:
            raise RuntimeError("the operator does not run")
        return self._process.pid

    def start(self, settings: Mapping[str, str]) -> None:
        """Starts it with these settings and nothing of the test's own."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HYBRIDFACE_")},
            **self.times,
            "HYBRIDFACE_HEALTH_PORT": str(self.health_port),
            "HYBRIDFACE_FILE_METADATA": str(self._folder / "metadata"),
            **settings,
        }
        with (self._folder / "operator.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "hybridface_operator.serving.main"],
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def stop(self, how: int = signal.SIGTERM) -> int | None:
        """Ends it, by force where it does not go; its exit status."""
        if self._process is None:
            return None
        self._process.send_signal(how)
        try:
            return self._process.wait(_GRACE_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """What it has said, in all its lives."""
        path = self._folder / "operator.log"
        return path.read_text() if path.exists() else ""

    def metrics(self) -> str:
        """What Prometheus would be told; nothing where it does not answer yet."""
        with urllib3.PoolManager(retries=False, timeout=10) as http:
            try:
                return http.request("GET", f"http://127.0.0.1:{self.health_port}/metrics").data.decode()
            except urllib3.exceptions.HTTPError:
                return ""
