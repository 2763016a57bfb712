"""A job whose consent has ended is not taken in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.api_requests import eventually
from support.jobs import manifest

JOBS = "apis/hybridface.dev/v1alpha1/namespaces/default/faceswapjobs"


def until(expires: datetime | str) -> dict[str, Any]:
    text = expires if isinstance(expires, str) else expires.isoformat(timespec="seconds")
    return manifest(consent={"reference": "contract 1", "expires": text})


@pytest.fixture(scope="module", autouse=True)
def in_force(api):
    eventually(lambda: not api.create(JOBS, until("2001-01-01T00:00:00Z")).taken)


@pytest.mark.parametrize("ended", [timedelta(minutes=1), timedelta(days=400)], ids=["a minute ago", "a year ago"])
def test_a_consent_that_has_ended_is_refused(api, ended):
    answer = api.create(JOBS, until(datetime.now(UTC) - ended))
    assert answer.code == 422
    assert "spec.consent.expires: the consent ended at 20" in answer.message
    assert "give the time until which a renewed one holds" in answer.message


@pytest.mark.parametrize("left", [timedelta(minutes=1), timedelta(days=400)], ids=["a minute", "a year"])
def test_a_consent_that_holds_is_taken(api, left):
    answer = api.create(JOBS, until(datetime.now(UTC) + left))
    assert answer.taken, answer.message


def test_a_consent_without_an_end_is_taken(api):
    assert api.create(JOBS, manifest()).taken


def test_the_zone_counts(api):
    here = datetime.now(UTC)
    east = (here - timedelta(minutes=1) + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S+09:00")
    west = (here + timedelta(minutes=1) - timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S-09:00")
    assert not api.create(JOBS, until(east)).taken
    assert api.create(JOBS, until(west)).taken


def test_a_creation_that_the_manifest_dates_back_is_not_believed(api):
    body = until(datetime.now(UTC) - timedelta(days=1))
    body["metadata"] = body["metadata"] | {"creationTimestamp": "2001-01-01T00:00:00Z"}
    assert not api.create(JOBS, body).taken
