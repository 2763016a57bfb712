"""The servers that tests of one process share, as fixtures. A conftest that imports them offers them to its folder."""

from __future__ import annotations

from collections.abc import Iterator

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
