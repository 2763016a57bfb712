from __future__ import annotations

import json

import pytest

from hybridface_operator.manifests.config import (
    OperatorState,
    remembered_state,
    state_config_map,
)
from hybridface_operator.routing.facts import Breaker, Gate
from hybridface_worker.contract.document import DocumentError

NOW = "2026-01-01T00:00:00Z"
STATE = OperatorState(
    breakers={"aws-spot": Breaker(tripped_at=NOW, trips=2, until=NOW)},
    rates={"private": {"blend": 41.5}},
    failing_since={"uid-1": {"aws-spot": {Gate.PRICE: NOW}}},
)


def test_state_is_remembered_as_the_same_bytes_each_time():
    body = state_config_map("hybridface", STATE)
    assert remembered_state(body) == STATE
    assert body == state_config_map("hybridface", STATE)


def test_the_state_of_10_000_jobs_fits_an_object():
    since = {f"{n:08x}-91f5-4c2e-8d5f-2b3b6a1d2c11": {"aws-spot": {Gate.PRICE: NOW}} for n in range(10_000)}
    body = state_config_map("hybridface", OperatorState(failing_since=since))
    assert len(json.dumps(body)) < 2**20 / 2


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "binaryData.state.json.gz is missing"),
        ({"binaryData": None}, "binaryData.state.json.gz is missing"),
        ({"binaryData": {"state.json.gz": "!"}}, "binaryData.state.json.gz: "),
        ({"binaryData": {"state.json.gz": "AAAA"}}, "binaryData.state.json.gz: "),
        ({"binaryData": {"state.json.gz": "H4sIAAAAAAAC/w=="}}, "binaryData.state.json.gz: "),
    ],
)
def test_state_that_somebody_spoilt_is_refused_with_where(body, problem):
    with pytest.raises(DocumentError, match=f"ConfigMap hybridface-state: {problem}"):
        remembered_state(body)
