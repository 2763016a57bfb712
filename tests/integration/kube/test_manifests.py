"""A real server takes the manifests, and makes pods of them where Pod Security `restricted` is enforced."""

from __future__ import annotations

import itertools
import json

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.manifests.attempt import JobContext
from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.manifests.settings import Caches, ClaimCache, EmptyDirCache, ImageCache
from hybridface_operator.policy.types import Sensitivity
from support import control_plane
from support.admission import pinned_by
from support.attempts import DIGEST, INVENTORY, PRIVATE, PRIVATE_POOL, SETTINGS, SPOT_POOL, attempt
from support.kube_contract import face_swap_job
from support.real_world import real_world

LOCKED = "restricted work stays on private nodes"
PHASES = ("probe", "swap", "merge")
WITHOUT_QUEUE = SPOT_POOL.model_copy(update={"queue_name": None})
CACHES = {
    "emptyDir": EmptyDirCache(),
    "claim": ClaimCache(kind="persistentVolumeClaim", claim="models"),
    "image": ImageCache(kind="image", reference=f"registry.example/models@{DIGEST}"),
}


@pytest.fixture
def world(plane):
    with real_world(plane) as made:
        yield made


@pytest.fixture
def locked_world(tmp_path):
    """The lock on restricted pods is in force, on a server of the test's own."""
    with control_plane.running(tmp_path) as plane, real_world(plane) as made:
        items = {"apiVersion": "v1", "kind": "List", "items": pinned_by(PRIVATE.key, PRIVATE.value)}
        plane.kubectl("apply", "--filename=-", stdin=json.dumps(items))
        yield made


def refusal(world, template):
    """What the server says to a pod of that template; nothing where it takes it."""
    try:
        made = world.make(Kind.POD, {"metadata": {"name": "alone", "namespace": world.namespace}, **template})
    except KubeError as error:
        return str(error)
    world.remove(Kind.POD, world.namespace, made["metadata"]["name"])
    return ""


def job_of(world, phase, pool, settings):
    context = JobContext(job=face_swap_job(world), sensitivity=Sensitivity.INTERNAL, priority="high", preload=True)
    return attempt_job(context, attempt(phase=phase, pool=pool.name), pool, INVENTORY, settings)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_pods_are_made_where_only_restricted_ones_may_be(world, phase, cache):
    settings = SETTINGS.model_copy(update={"caches": Caches(private=cache)})
    world.do(world.api.create_job(job_of(world, phase, PRIVATE_POOL, settings)))
    pods = world.until(lambda: world.do(world.api.list(Kind.POD, world.namespace)), bool)
    assert [container["name"] for container in pods[0]["spec"]["initContainers"]] == ["preload"]


def test_a_job_for_kueue_waits_until_kueue_lets_it_run(world):
    made = world.do(world.api.create_job(job_of(world, "swap", SPOT_POOL, SETTINGS)))
    assert made["spec"]["suspend"] is True
    assert made["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "spot"


def test_a_pool_may_have_a_runtime_of_its_own(world, plane):
    runtime = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "sandbox"},
        "handler": "kata",
    }
    plane.kubectl("apply", "--filename=-", stdin=json.dumps(runtime))
    pool = PRIVATE_POOL.model_copy(update={"runtime_class_name": "sandbox"})
    world.do(world.api.create_job(job_of(world, "swap", pool, SETTINGS)))
    pods = world.until(lambda: world.do(world.api.list(Kind.POD, world.namespace)), bool)
    assert pods[0]["spec"]["runtimeClassName"] == "sandbox"


def test_restricted_pods_pass_the_lock_and_fail_it_without_their_affinity(locked_world):
    """Even in a cloud pool, where they then find no node."""
    world, job = locked_world, face_swap_job(locked_world)
    context = JobContext(job=job, sensitivity=Sensitivity.RESTRICTED, priority="normal")
    for number, (phase, pool) in enumerate(itertools.product(PHASES, (PRIVATE_POOL, WITHOUT_QUEUE)), start=1):
        ref = attempt(number=number, phase=phase, pool=pool.name, shards=1, parallelism=1)
        body = attempt_job(context, ref, pool, INVENTORY, SETTINGS)
        unpinned = {key: value for key, value in body["spec"]["template"]["spec"].items() if key != "affinity"}
        world.until(lambda spec=unpinned: refusal(world, {"spec": spec}), lambda said: LOCKED in said)
        world.do(world.api.create_job(body))
        label = f"hybridface.dev/attempt={number}"
        world.until(lambda chosen=label: world.do(world.api.list(Kind.POD, world.namespace, chosen)), bool)
