"""What of a FaceSwapJob may change once it is there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from hybridface_operator.spec.immutable import MUTABLE
from hybridface_operator.spec.job import FaceSwapJobSpec
from support.api_requests import Api
from support.jobs import manifest

JOBS = "apis/hybridface.dev/v1alpha1/namespaces/default/faceswapjobs"
FIELDS = [str(field.alias) for field in FaceSwapJobSpec.model_fields.values()]
CHANGED: dict[str, Any] = {
    "sources": [{"name": "actor", "images": [{"uri": "s3://faces/other.jpg"}]}],
    "targets": [{"name": "clip", "uri": "s3://inbox/clip.mp4"}, {"name": "more", "uri": "s3://inbox/more.mp4"}],
    "output": {"uri": "s3://results/elsewhere/"},
    "faces": {"select": "largest"},
    "models": {"swapper": "marker"},
    "blend": {"smoothing": 0},
    "onDecodeError": "keepOriginal",
    "sensitivity": "public",
    "priority": "urgent",
    "completeWithin": "30m",
    "consent": {"reference": "contract 2"},
    "budget": {"maxCost": "12.00"},
    "placement": {"allowedPools": ["private"]},
    "notify": {"webhook": {"url": "https://hooks.example.org/"}},
    "chunkFrames": 128,
    "maxTriesPerChunk": 5,
    "suspend": True,
    "ttlSecondsAfterFinished": 60,
}


def created(api: Api, name: str, **spec: Any) -> dict[str, Any]:
    body = manifest(**spec)
    body["metadata"] = {"name": name}
    answer = api.create(JOBS, body, keep=True)
    assert answer.taken, answer.message
    return answer.body


@pytest.fixture(scope="module")
def job(api) -> Iterator[dict[str, Any]]:
    yield created(api, "to-be-changed")
    api.delete(f"{JOBS}/to-be-changed")


def with_spec(job: dict[str, Any], **spec: Any) -> dict[str, Any]:
    changed = copy.deepcopy(job)
    changed["spec"].update(spec)
    return changed


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_changes_only_where_it_decides_no_byte(api, job, field):
    answer = api.replace(f"{JOBS}/to-be-changed", with_spec(job, **{field: CHANGED[field]}))
    if field in MUTABLE:
        assert answer.taken, answer.message
    else:
        assert answer.code == 422
        assert f"spec.{field}" in answer.message or f"{field} cannot be added" in answer.message
        assert "after creation: make another FaceSwapJob" in answer.message


def test_the_same_specification_again_is_no_change(api, job):
    assert api.replace(f"{JOBS}/to-be-changed", with_spec(job)).taken


def test_what_is_optional_and_decides_is_not_taken_away(api):
    job = created(api, "told", notify=CHANGED["notify"])
    del job["spec"]["notify"]
    answer = api.replace(f"{JOBS}/told", job)
    assert "notify cannot be added or taken away after creation" in answer.message


def test_entries_that_have_names_have_no_order(api):
    targets = [{"name": name, "uri": f"s3://inbox/{name}.mp4"} for name in ("a", "b")]
    job = created(api, "unordered", targets=targets)
    assert api.replace(f"{JOBS}/unordered", with_spec(job, targets=targets[::-1])).taken


def test_labels_may_change(api, job):
    changed = with_spec(job)
    changed["metadata"]["labels"] = {"campaign": "spring"}
    assert api.replace(f"{JOBS}/to-be-changed", changed).taken
