"""By which way S3 is asked: directly, or by the proxy that its settings name and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from hybridface_worker.contract.errors import ObjectNotFoundError
from hybridface_worker.store.base import ObjectStore
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.settings import StoreSettings


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the requests that it was asked to pass on; it finds nothing anywhere."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def store(**env: str) -> ObjectStore:
    keys = {"HYBRIDFACE_S3_ACCESS_KEY": "a", "HYBRIDFACE_S3_SECRET_KEY": "b"}
    settings = StoreSettings.from_env({"HYBRIDFACE_S3_ENDPOINT": "http://s3.test", **keys, **env})
    assert settings.s3 is not None
    return MinioStore(settings.s3, "bucket")


def absent(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError):
        store.head("key")


def test_the_proxy_of_the_settings_is_asked_for_what_is_at_the_service():
    with proxy() as (address, asked):
        absent(store(HYBRIDFACE_S3_PROXY=address))
    assert asked == ["http://s3.test/bucket/key"]


def test_what_other_programs_take_for_a_proxy_is_none(monkeypatch):
    with proxy() as (address, asked):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, address)
        absent(store(HYBRIDFACE_S3_ENDPOINT=address))
    assert asked == ["/bucket/key"]


def test_an_empty_variable_is_no_proxy():
    with proxy() as (address, asked):
        absent(store(HYBRIDFACE_S3_ENDPOINT=address, HYBRIDFACE_S3_PROXY=""))
    assert asked == ["/bucket/key"]
