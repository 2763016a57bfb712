from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from support import consul_tls, control_plane, minio_server
from support.consul_tls import TlsConsulServer
from support.control_plane import ControlPlane
from support.minio_server import MinioServer


@pytest.fixture(scope="session")
def minio(tmp_path_factory) -> Iterator[MinioServer]:
    """One server for all tests of this process."""
    with minio_server.running(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def consul(tmp_path_factory) -> Iterator[TlsConsulServer]:
    """One server for all tests of this process: operators reach it over TLS, tests without."""
    with consul_tls.running(tmp_path_factory.mktemp("consul")) as server:
        yield server


@pytest.fixture(scope="session")
def plane(tmp_path_factory) -> Iterator[ControlPlane]:
    """One control plane for all tests of this process, with this project's custom resources."""
    with control_plane.running(tmp_path_factory.mktemp("plane")) as servers:
        yield servers


@pytest.fixture(scope="session")
def new_namespace(plane) -> Callable[[], str]:
    """Makes a namespace that nobody used before."""
    numbers = itertools.count()

    def make() -> str:
        name = f"namespace-{next(numbers)}"
        plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    return make


@pytest.fixture
def namespace(new_namespace):
    """A namespace of the test's own."""
    return new_namespace()


@pytest.fixture(scope="session")
def new_bucket(minio) -> Callable[[], str]:
    """Makes a bucket that nobody used before."""
    numbers = itertools.count()
    return lambda: minio.bucket(f"bucket-{next(numbers)}")


@pytest.fixture
def bucket(new_bucket):
    """A bucket of the test's own."""
    return new_bucket()
