from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.clock import TOLERATED, local_now
from hybridface_operator.kube.cluster import Cluster
from hybridface_operator.kube.errors import KubeAway, KubeForbidden, KubeRefused
from hybridface_operator.kube.settings import KubeSettings
from support.kube_contract import KubeContract, face_swap_job
from support.real_world import real_world


@pytest.fixture
def world(plane):
    with real_world(plane) as made:
        yield made


class TestCluster(KubeContract):
    pass


def test_lists_are_whole_whatever_the_size_of_a_page(world):
    names = [f"map-{number}" for number in range(5)]
    for name in names:
        world.make(Kind.CONFIG_MAP, {"metadata": {"name": name, "namespace": world.namespace}})

    async def listed(page):
        async with Cluster(KubeSettings(kubeconfig=world.admin_kubeconfig, page=page)) as cluster:
            found = [body["metadata"]["name"] for body in await cluster.list(Kind.CONFIG_MAP, world.namespace)]
            return [name for name in found if name in names]  # a controller puts one of its own beside them

    assert [world.do(listed(page)) for page in (2, 500)] == [names, names]


def test_what_does_not_validate_is_refused_with_the_field(world):
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "namespace": world.namespace}}
    with pytest.raises(KubeRefused, match=r"spec\.template"):
        world.do(world.api.create_job(body))


def test_a_status_that_does_not_validate_is_refused(world):
    with pytest.raises(KubeRefused, match=r"status\.phase"):
        world.do(world.api.write_status(face_swap_job(world), {"phase": "Dreaming"}))


def test_what_the_role_does_not_grant_is_forbidden(world):
    with pytest.raises(KubeForbidden, match="secrets"):
        world.do(world.api.get(Kind.SECRET, world.namespace, "any"))
    with pytest.raises(KubeForbidden, match="jobs"):
        world.do(world.api.create_job({"metadata": {"name": "a", "namespace": "default"}}))


def test_a_token_that_was_rotated_is_read_again(world, plane):
    world.do(world.api.list(Kind.NODE))
    old = world.token
    world.kubeconfig.write_text(plane.kubeconfig_of(plane.client_token(world.user)).read_text())
    plane.revoke(old)
    world.until(lambda: _is_refused(plane, old), bool)
    world.do(world.api.list(Kind.NODE))
    assert [status for _, status in world.seen] == [200, 200]


def test_a_token_that_is_not_renewed_yet_is_worth_another_try(world, plane):
    plane.revoke(world.token)
    world.until(lambda: _is_refused(plane, world.token), bool)
    with pytest.raises(KubeAway) as caught:
        world.do(world.api.list(Kind.NODE))
    assert caught.value.status == 401


def _is_refused(plane, token):
    async def ask():
        async with Cluster(KubeSettings(kubeconfig=plane.kubeconfig_of(token))) as cluster:
            await cluster.list(Kind.NODE)

    try:
        asyncio.run(ask())
    except KubeAway:
        return True
    except KubeForbidden:
        return False
    return False


def test_the_time_is_that_of_the_server(world):
    clock = world.api.clock
    world.do(world.api.list(Kind.NODE))
    assert abs(clock.now() - local_now()) <= TOLERATED

    async def by_a_wrong_clock():
        async with Cluster(KubeSettings(kubeconfig=world.kubeconfig)) as cluster:
            cluster.clock.heard(cluster.clock.now(), format_datetime(local_now() + timedelta(hours=1)))
            assert cluster.clock.now() - local_now() > timedelta(minutes=59)
            await cluster.list(Kind.NODE)
            return cluster.clock.now()

    assert abs(world.do(by_a_wrong_clock()) - local_now()) <= TOLERATED
