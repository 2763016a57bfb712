from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from support.server_fixtures import consul, minio, plane

__all__ = ["consul", "minio", "plane"]


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
