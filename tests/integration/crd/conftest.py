from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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
def new_tenant(plane) -> Callable[[str], None]:
    """Makes a namespace, where it is not there, that takes pods of these accounts. Tests of one file may come in parts,
    with those of others between them, and each part asks for it again."""

    def make(name: str, *accounts: str) -> None:
        metadata = [("Namespace", {"name": name})]
        metadata += [("ServiceAccount", {"name": account, "namespace": name}) for account in accounts]
        items = [{"apiVersion": "v1", "kind": kind, "metadata": each} for kind, each in metadata]
        plane.kubectl("apply", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        plane.kubectl("wait", "--for=create", "--timeout=120s", "serviceaccount/default", f"--namespace={name}")

    return make


@pytest.fixture(scope="session")
def api(plane) -> Iterator[Api]:
    api = Api(plane)
    yield api
    api.close()
