"""What is left of a FaceSwapJob that was deleted without what it owned."""

from __future__ import annotations

import asyncio

import pytest

from hybridface_operator.aftermath.orphans import end_orphans
from hybridface_operator.kube.api import Kind
from hybridface_operator.manifests.attempt import secret_name
from hybridface_operator.policy.types import Sensitivity
from support.fake_api import FakeApi
from support.finished import NAMESPACE, attempt_job, finished, mirrored

GONE = "0b9f2f0e-1111-4222-8333-444455556666"


@pytest.fixture
def api():
    return FakeApi(NAMESPACE)


def left(api, name="spring-s-1", uid=GONE, owner=None):
    """A Job of an attempt, and its Secret."""
    body = attempt_job(name, uid)
    body["metadata"]["labels"] |= {"hybridface.dev/job": "spring", "hybridface.dev/sensitivity": "internal"}
    if owner:
        body["metadata"]["ownerReferences"] = [{"uid": owner, "controller": True, "name": "x", "kind": "x"}]
    secret = {"metadata": {"name": secret_name(Sensitivity.INTERNAL, uid, 1), "namespace": NAMESPACE}}
    asyncio.run(api.put_secret(secret))
    return api.make(Kind.JOB, body)["metadata"]["uid"]


def ends(api):
    """How many Jobs one pass ended, and the requests that it took."""
    before = len(api.writes)
    ended = asyncio.run(end_orphans(api, mirrored(api)))
    return ended, len(api.writes) - before


def test_its_jobs_end_and_their_credentials_go(api):
    left(api)
    assert ends(api) == (1, 2)
    assert asyncio.run(api.list(Kind.JOB)) == asyncio.run(api.list(Kind.SECRET)) == []


def test_a_job_of_a_later_one_of_its_name_is_none_of_its_owners(api):
    finished(api, "spring", condition="Reconciling")
    left(api)
    assert ends(api)[0] == 1


def test_what_the_collector_takes_is_left_to_it(api):
    left(api, owner=GONE)
    assert ends(api) == (0, 0)


def test_whose_owner_was_not_told_of_yet_is_left_alone(api):
    mirror = mirrored(api)
    uid = finished(api, "spring", condition="Reconciling")
    left(api, uid=uid)
    for body in asyncio.run(api.list(Kind.JOB)):
        mirror.see(Kind.JOB, body)
    assert mirror.left_jobs()
    assert asyncio.run(end_orphans(api, mirror)) == 0


def test_a_job_that_only_carries_our_labels_is_somebody_elses(api):
    left(api, name="nightly-report")
    assert ends(api) == (0, 0)
