"""The lock on restricted pods: removed and installed again it holds and lets through as before; a bad label refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from support.admission import pinned_by
from support.api_requests import Api, eventually
from support.control_plane import ControlPlane
from support.pods import PINNED, PRIVATE, mounts, pod

FILE = Path(__file__).parents[3] / "helm/hybridface/files/admission/restricted-pods-pinned.yaml"
PODS = "api/v1/namespaces/tenant/pods"
LOOSE, RESTRICTED = pod(mounts("hf-restricted-a-1")), pod(mounts("hf-restricted-a-1"), PINNED)
UNRELATED = pod()


@pytest.fixture(scope="session", autouse=True)  # a module may be left and entered again
def tenant(new_tenant):
    new_tenant("tenant")


@pytest.fixture(autouse=True)
def as_it_was(plane: ControlPlane, api: Api):
    yield
    plane.kubectl("apply", f"--filename={FILE}")
    eventually(lambda: api.create(PODS, RESTRICTED).taken and not api.create(PODS, LOOSE).taken)


def test_installed_again_the_lock_holds_and_lets_pinned_and_unrelated_pods_through(plane, api):
    """An API server is slow to notice: what it refuses or takes is looked at until it is so."""
    for _ in range(2):
        plane.kubectl("delete", f"--filename={FILE}")
        eventually(lambda: api.create(PODS, LOOSE).taken)
        plane.kubectl("apply", f"--filename={FILE}")
        eventually(lambda: not api.create(PODS, LOOSE).taken)
        assert api.create(PODS, RESTRICTED).taken
        assert api.create(PODS, UNRELATED).taken


@pytest.mark.parametrize(("key", "value"), [("zone", "private"), (PRIVATE, "")])
def test_with_a_label_that_proves_nothing_restricted_pods_alone_are_refused(plane, api, key, value):
    policy, _ = pinned_by(key, value)
    plane.kubectl("apply", "--filename=-", stdin=yaml.safe_dump(policy))
    eventually(lambda: not api.create(PODS, RESTRICTED).taken)
    assert not api.create(PODS, pod(mounts("hf-restricted-a-1"), {"nodeSelector": {key: value}})).taken
    assert api.create(PODS, UNRELATED).taken
