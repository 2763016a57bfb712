"""Server processes on loopback ports, for as long as a test needs them.

It starts, waits and ends; it knows nothing of what the servers do.
"""

from __future__ import annotations

import random
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import urllib3

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 120
_LAST_OF_LOG = 4000
_GOGC = "400"
"""Of servers written in Go: small heaps that are collected at each doubling cost a tenth of their processor time, and
there is memory enough."""


class ServerProcess:
    """A server that can be started again and again; its log is `<name>.log` in the folder."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        answers: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._command = command
        self._folder = folder
        self._answers = answers
        self._environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "GOGC": _GOGC, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers. Call it from a thread that lives on.

        Raises:
            RuntimeError: it ended, or did not answer in time; with the end of its log.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                # The kernel ends the server with the thread that started it, even where the test process is killed.
                ["setpriv", "--pdeathsig", "KILL", *self._command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches whoever started it, who ends it in good order
            )
        try:
            self._wait(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process, at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """Of the process that runs. Raises RuntimeError where none does."""
        if self._process is None:
            raise RuntimeError(f"{self._name} does not run")
        return self._process.pid

    @property
    def _log(self) -> Path:
        return self._folder / f"{self._name}.log"

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if self._answers():
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.05)
        said = self._log.read_text(encoding="utf-8", errors="replace")[-_LAST_OF_LOG:]
        raise RuntimeError(f"{self._name} did not start:\n{said}")


def free_port(host: str = HOST) -> int:
    """A port of that address that nobody listens on, that no outgoing connection is given, and that nobody else who
    asks here gets as long as this process lives, whatever process asks: servers are slow to take theirs."""
    # One of those could take the port while its server is away; a client that tries again may even reach itself.
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
        if _kept(port):
            return port
    raise RuntimeError(f"no port of {host} between 20000 and 32000 is free")


def _kept(port: int) -> bool:
    """Takes the port's name in the kernel, which goes with this process."""
    with socket.socket(socket.AF_UNIX) as name:
        try:
            name.bind(f"\0hybridface-port-{port}")
        except OSError:
            return False
        name.detach()
    return True
