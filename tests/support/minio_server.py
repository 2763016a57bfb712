"""A real MinIO server on a free loopback port, with its own data folder, for as long as a test needs it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from minio import Minio

from build_tools import built
from hybridface_worker.store.settings import SMALLEST_PART_BYTES, S3Settings

ACCESS_KEY, SECRET_KEY = "hybridface-test", "hybridface-test-secret"
_PATIENCE_SECONDS = 60


class MinioServer:
    """The server's process; its data outlives it in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> S3Settings:
        """How to reach it, with parts as small as S3 allows."""
        return S3Settings(
            endpoint=f"127.0.0.1:{self._port}",
            secure=False,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            part_bytes=SMALLEST_PART_BYTES,
            service_patience_seconds=30,
        )

    @property
    def admin(self) -> Minio:
        """A client with every right."""
        return Minio(endpoint=self.settings.endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False)

    def bucket(self, name: str) -> str:
        """Makes a bucket, unless it is there."""
        if not self.admin.bucket_exists(bucket_name=name):
            self.admin.make_bucket(bucket_name=name)
        return name

    def start(self) -> None:
        """Starts it, on the same port as before, and waits until it answers. Call it from a thread that lives on."""
        log = (self._folder / "server.log").open("ab")
        # The kernel ends the server with the thread that started it, even where the test process is killed.
        command = ["setpriv", "--pdeathsig", "KILL", str(built("minio")), "server", str(self._folder / "data")]
        options = ["--address", f"127.0.0.1:{self._port}", "--console-address", "127.0.0.1:0", "--anonymous"]
        environment = {
            "HOME": str(self._folder),
            "PATH": "/usr/bin:/bin",
            "MINIO_ROOT_USER": ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": SECRET_KEY,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_CI_CD": "on",
        }
        with log:
            self._process = subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
            )
        self._wait(self._process)

    def stop(self) -> None:
        """Ends the process, at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with urllib3.PoolManager(retries=False, timeout=2) as http:
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    if http.request("GET", f"http://{self.settings.endpoint}/minio/health/cluster").status == 200:
                        return
                except urllib3.exceptions.HTTPError:
                    pass
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"MinIO did not start:\n{(self._folder / 'server.log').read_text()[-4000:]}")


@contextmanager
def running(folder: Path) -> Iterator[MinioServer]:
    """A server with its data below the folder, ended on leaving."""
    server = MinioServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
