from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.api_requests import Api
from support.control_plane import ControlPlane, running

ADMISSION = Path(__file__).parents[3] / "helm/hybridface/files/admission"


@pytest.fixture(scope="session")
def plane(tmp_path_factory) -> Iterator[ControlPlane]:
    """A control plane with the custom resource and the admission policies."""
    with running(tmp_path_factory.mktemp("plane")) as plane:
        plane.kubectl("create", "namespace", "hybridface-system")
        plane.kubectl("apply", f"--filename={ADMISSION}")
        yield plane


@pytest.fixture(scope="session")
def api(plane) -> Iterator[Api]:
    api = Api(plane)
    yield api
    api.close()
