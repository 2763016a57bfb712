"""The operator's roles grant what it asks for, and nothing that it does not."""

from __future__ import annotations

import pytest

from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.kube.api import Kind
from hybridface_operator.manifests.attempt import JobContext
from hybridface_operator.manifests.config import OperatorState, state_config_map
from hybridface_operator.manifests.events import job_event
from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.manifests.secrets import credentials_secret
from hybridface_operator.policy.types import Sensitivity
from hybridface_worker.contract.reasons import Reason
from support.attempts import INVENTORY, PRIVATE_POOL, SETTINGS, attempt
from support.kube_contract import NOW, face_swap_job
from support.real_world import CLUSTER_ROLE, HOME_ROLE, TENANT_ROLE, real_world, role


@pytest.fixture
def world(plane):
    with real_world(plane) as made:
        yield made


def granted(name):
    return {
        (verb, group, resource)
        for rule in role(name)["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def asked_for(world):
    return {
        (
            request.verb,
            request.resource.api_version.rpartition("/")[0],
            request.resource.plural + (f"/{request.subresource}" if request.subresource else ""),
        )
        for request, _ in world.seen
    }


def live(world):
    """Asks for everything that an operator asks for in its life, watches left out."""
    api, do = world.api, world.do
    job = face_swap_job(world)
    context = JobContext(job=job, sensitivity=Sensitivity.INTERNAL, priority="normal")
    body = attempt_job(context, attempt(number=1), PRIVATE_POOL, INVENTORY, SETTINGS)
    secret = credentials_secret(context, attempt(number=1), StorageCredentials("a", "b", "c", NOW, NOW))
    lease = {"metadata": {"name": "operator", "namespace": world.home}, "spec": {"holderIdentity": "one"}}
    event = job_event(job, kind="Normal", reason=Reason.PLACED, action="Place", note="n", now=NOW, instance="o")
    do(api.get(Kind.NAMESPACE, "", "kube-system"))
    do(api.get(Kind.FACE_SWAP_JOB, job.namespace, job.name))
    for kind in (Kind.FACE_SWAP_JOB, Kind.JOB, Kind.POD, Kind.NODE):
        do(api.list(kind))
    for kind, own in ((Kind.LEASE, lease), (Kind.CONFIG_MAP, state_config_map(world.home, OperatorState()))):
        do(api.put(kind, own))
        do(api.put(kind, do(api.get(kind, world.home, own["metadata"]["name"]))))
    for _ in range(2):
        do(api.put_secret(secret))
        made = do(api.create_job(body))
    do(api.write_status(job, {"phase": "Swapping"}))
    do(api.create_event(event))
    pods = world.until(lambda: do(api.list(Kind.POD, world.namespace)), bool)
    do(api.why_no_pods(world.namespace, made["metadata"]["uid"]))
    do(api.force_delete_pod(world.namespace, pods[0]["metadata"]["name"], pods[0]["metadata"]["uid"]))
    do(api.delete_job(world.namespace, made["metadata"]["name"], made["metadata"]["uid"]))
    do(api.delete_secret(world.namespace, secret["metadata"]["name"]))


def test_every_verb_that_is_granted_is_used_and_every_one_that_is_used_is_granted(world):
    live(world)
    assert 403 not in {status for _, status in world.seen}
    verbs = granted(CLUSTER_ROLE) | granted(HOME_ROLE) | granted(TENANT_ROLE)
    watched = {grant for grant in verbs if grant[0] == "watch"}
    assert asked_for(world) == verbs - watched
    assert watched == {
        ("watch", "hybridface.dev", "faceswapjobs"),
        ("watch", "batch", "jobs"),
        ("watch", "", "pods"),
        ("watch", "", "nodes"),
    }


def test_no_role_reads_a_secret_or_grants_everything():
    for name in (CLUSTER_ROLE, HOME_ROLE, TENANT_ROLE):
        for verb, group, resource in granted(name):
            assert "*" not in {verb, group, resource}
            assert resource != "secrets" or verb in {"create", "update", "delete"}


def test_everywhere_nothing_is_created_or_deleted_but_events():
    changing = {grant for grant in granted(CLUSTER_ROLE) if grant[0] not in {"get", "list", "watch"}}
    assert changing == {("patch", "hybridface.dev", "faceswapjobs/status"), ("create", "events.k8s.io", "events")}
