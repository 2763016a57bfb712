"""The operator as a process of its own, as its pod would run it, with times made short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread

import urllib3

from support.forked_process import ForkedProcess
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
_BACK_OFF_SECONDS = 1
_Process = subprocess.Popen[bytes] | ForkedProcess


class OperatorProcess:
    """One operator, started and ended as often as a test wants; its log goes on."""

    def __init__(self, folder: Path, *, kept_up: bool = False) -> None:
        """With `kept_up` it is started anew where it ends by itself, as a kubelet does: a Lease that cannot be renewed
        for ten seconds ends it, and a busy machine takes that long."""
        self._folder = folder
        self._kept_up = kept_up
        self.health_port = free_port()
        self.times: Mapping[str, str] = _FAST
        """How long it waits for what; without any it is as it is delivered."""
        self.forked = False
        """Whether it is forked from a process that has imported it already: the program that the image starts takes
        seconds for that."""
        self.program: Sequence[str] = ("-m", "hybridface_operator.serving.main")
        """What Python is to run."""
        self._environment: Mapping[str, str] = {}
        self._process: _Process | None = None
        self._changing = Lock()

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended, or will be started anew."""
        return self._process is not None and (self._kept_up or self._process.poll() is None)

    @property
    def pid(self) -> int:
        """Of its process. Raises RuntimeError where none runs."""
        if self._process is None:
            raise RuntimeError("the operator does not run")
        return self._process.pid

    def start(self, settings: Mapping[str, str]) -> None:
        """Starts it with these settings and nothing of the test's own."""
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HYBRIDFACE_")},
            **self.times,
            "HYBRIDFACE_HEALTH_PORT": str(self.health_port),
            "HYBRIDFACE_FILE_METADATA": str(self._folder / "metadata"),
            **settings,
        }
        self._process = self._begun()
        if self._kept_up:
            Thread(target=self._keep_up, args=(self._process,), daemon=True).start()

    def stop(self, how: int = signal.SIGTERM) -> int | None:
        """Ends it, by force where it does not go; its exit status."""
        with self._changing:
            process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(_GRACE_SECONDS)
        finally:
            process.kill()
            process.wait()

    def log(self) -> str:
        """What it has said, in all its lives."""
        path = self._folder / "operator.log"
        return path.read_text() if path.exists() else ""

    def metrics(self) -> str:
        """What Prometheus would be told; nothing where it does not answer yet."""
        with urllib3.PoolManager(retries=False, timeout=60) as http:
            try:
                return http.request("GET", f"http://127.0.0.1:{self.health_port}/metrics").data.decode()
            except urllib3.exceptions.HTTPError:
                return ""

    def _begun(self) -> _Process:
        """A process. It ends with the thread that calls this, or, forked, with the tests."""
        path = self._folder / "operator.log"
        if self.forked:
            return ForkedProcess(_serve, environment=self._environment, log=path)
        with path.open("ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, *self.program],
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def _keep_up(self, process: _Process) -> None:
        while True:
            process.wait()
            time.sleep(_BACK_OFF_SECONDS)
            with self._changing:
                if self._process is not process:
                    return
                process = self._process = self._begun()


def _serve() -> int:
    from hybridface_operator.serving.main import main

    return main([])
