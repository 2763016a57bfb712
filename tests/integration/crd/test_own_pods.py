"""What the operator makes passes the locks, and restricted work only because it is pinned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from hybridface_operator.manifests.attempt import JobContext
from hybridface_operator.manifests.pods import pod_template
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.types import PRIORITIES, Sensitivity
from support.api_requests import Answer, Api, eventually
from support.attempts import SETTINGS, attempt, context
from support.pods import mounts, pod

PODS = "api/v1/namespaces/own/pods"
INVENTORY = Inventory.model_validate(
    yaml.safe_load((Path(__file__).parents[3] / "policies/inventory.yaml").read_text())
)
ALLOWED = [
    (sensitivity, phase, each)
    for sensitivity in Sensitivity
    for phase in ("probe", "swap", "merge")
    for each in INVENTORY.pools
    if each.kind == "private" or sensitivity is not Sensitivity.RESTRICTED
]


@pytest.fixture(scope="session", autouse=True)  # a module may be left and entered again
def namespace(plane, api, new_tenant):
    new_tenant("own", SETTINGS.service_account)
    for value, priority in enumerate(PRIORITIES):
        name = SETTINGS.priority_class(priority)
        body = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
        plane.kubectl("apply", "--filename=-", stdin=json.dumps(body | {"value": value}))
    eventually(lambda: not api.create(PODS, pod(mounts("hf-restricted-a-1"))).taken)


def made(api: Api, job: JobContext, template: dict[str, Any]) -> Answer:
    labels = template["metadata"]["labels"]
    metadata = {"name": job.job.name, "labels": labels}
    return api.create(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})


@pytest.mark.parametrize(
    ("sensitivity", "phase", "pool"), ALLOWED, ids=[f"{level}-{phase}-{pool.name}" for level, phase, pool in ALLOWED]
)
def test_pods_of_attempts_are_taken(api, sensitivity, phase, pool):
    job = context(sensitivity=sensitivity, preload=True)
    answer = made(api, job, pod_template(job, attempt(phase=phase, pool=pool.name), pool, INVENTORY, SETTINGS))
    assert answer.taken, answer.message


def test_a_restricted_attempt_without_its_pin_is_refused(api):
    job, private = context(sensitivity=Sensitivity.RESTRICTED), INVENTORY.pool("private")
    template = pod_template(job, attempt(pool="private"), private, INVENTORY, SETTINGS)
    template["spec"].pop("affinity", None)
    template["spec"].pop("nodeSelector", None)
    answer = made(api, job, template)
    assert answer.code == 403
    assert "restricted work stays on private nodes" in answer.message
