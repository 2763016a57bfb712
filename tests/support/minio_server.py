"""A real MinIO server on a free loopback port, with its own data folder, for as long as a test needs it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from minio import Minio
from minio.commonconfig import SnowballObject

from build_tools import built
from hybridface_worker.store.settings import SMALLEST_PART_BYTES, S3Settings
from support.processes import HOST, ServerProcess, free_port

ACCESS_KEY, SECRET_KEY = "hybridface-test", "hybridface-test-secret"


class MinioServer:
    """The server's process; its data outlives it in the folder."""

    def __init__(self, folder: Path, host: str = HOST) -> None:
        self._endpoint = f"{host}:{free_port(host)}"
        self._http = urllib3.PoolManager(retries=False, timeout=2)
        self._server = ServerProcess(
            "minio",
            [
                *(str(built("minio")), "server", str(folder / "data"), "--anonymous"),
                *("--address", self._endpoint, "--console-address", f"{HOST}:0"),
            ],
            folder=folder,
            answers=self._answers,
            environment={
                "MINIO_ROOT_USER": ACCESS_KEY,
                "MINIO_ROOT_PASSWORD": SECRET_KEY,
                "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off",
                "MINIO_CI_CD": "on",
                "MINIO_DRIVE_MAX_TIMEOUT": "5m",  # a disk is slow where everything is tested at once
            },
        )

    @property
    def settings(self) -> S3Settings:
        """How to reach it, with parts as small as S3 allows."""
        return S3Settings(
            endpoint=self._endpoint,
            secure=False,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            part_bytes=SMALLEST_PART_BYTES,
            service_patience_seconds=120,
        )

    @property
    def admin(self) -> Minio:
        """A client with every right; its own patience is five minutes a try, which is that of a whole test."""
        patience = urllib3.PoolManager(timeout=60, retries=urllib3.Retry(3, backoff_factor=0.2))
        return Minio(
            endpoint=self.settings.endpoint,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            secure=False,
            http_client=patience,
        )

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._server.pid

    def empty(self, bucket: str) -> None:
        """Removes every object of a bucket."""
        for each in self.admin.list_objects(bucket_name=bucket, recursive=True):
            self.admin.remove_object(bucket_name=bucket, object_name=str(each.object_name))

    def fill(self, bucket: str, keys: Iterable[str]) -> None:
        """Makes an empty object of each key. The server takes them out of one archive: a request of its own for each
        would cost as much as what a test does with a thousand."""
        empty = [SnowballObject(key, data=io.BytesIO(), length=0) for key in keys]
        self.admin.upload_snowball_objects(bucket_name=bucket, object_list=empty)

    def bucket(self, name: str) -> str:
        """Makes a bucket, unless it is there."""
        if not self.admin.bucket_exists(bucket_name=name):
            self.admin.make_bucket(bucket_name=name)
        return name

    def start(self) -> None:
        """Starts it, on the same port as before, and waits until it answers. Call it from a thread that lives on."""
        self._server.start()

    def stop(self) -> None:
        """Ends the process, at once."""
        self._server.stop()

    def _answers(self) -> bool:
        return self._http.request("GET", f"http://{self._endpoint}/minio/health/cluster").status == 200


@contextmanager
def running(folder: Path) -> Iterator[MinioServer]:
    """A server with its data below the folder, ended on leaving."""
    server = MinioServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
