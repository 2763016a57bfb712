from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from support.minio_server import MinioServer, running

pytest.register_assert_rewrite("support.store_contract")


@pytest.fixture(scope="session")
def minio(tmp_path_factory) -> Iterator[MinioServer]:
    """One server for all tests of this process."""
    with running(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def new_bucket(minio) -> Callable[[], str]:
    """Makes a bucket that nobody used before."""
    numbers = itertools.count()
    return lambda: minio.bucket(f"bucket-{next(numbers)}")


@pytest.fixture
def bucket(new_bucket):
    """A bucket of the test's own."""
    return new_bucket()
