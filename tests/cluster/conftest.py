from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from build_images import PRODUCTS
from support.cluster import Cluster, running
from support.cluster_jobs import Studio
from support.cluster_network import HERE
from support.cluster_release import Release
from support.decoded import decoded
from support.runs import manifest, run
from support.storage_gate import StorageGate


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One cluster for all tests, with the images on its nodes."""
    with running(PRODUCTS) as made:
        yield made


@pytest.fixture(scope="session")
def gate(cluster) -> Iterator[StorageGate]:
    """By it operators and workers reach object storage."""
    made = StorageGate(HERE, cluster.minio.settings.endpoint)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def release(cluster, gate) -> Release:
    """HybridFace, installed with its chart."""
    made = Release(cluster, gate.url)
    made.install()
    return made


@pytest.fixture(scope="session")
def studio(release, tmp_path_factory) -> Studio:
    """The tenant at work."""
    return Studio(release, tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Callable[[Path], object]:
    """Time and digest of every frame that a clip has after a run on this machine, whole, without anything happening."""
    folder = tmp_path_factory.mktemp("undisturbed")

    @cache
    def frames(path: Path) -> object:
        document = manifest({"clip": path}, folder / path.stem, swapper="marker")
        done = run(document, folder / f"store-{path.stem}", chunk_frames=10_000)
        assert done.complete
        return decoded(done.outputs()["clip"].path)

    return frames
