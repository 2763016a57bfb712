"""An API server says of manifests what the models say, and names the same fields."""

from __future__ import annotations

import pytest

from support.jobs import manifest
from support.manifest_table import ONLY_LOCAL, Case, cases

JOBS = "apis/hybridface.dev/v1alpha1/namespaces/default/faceswapjobs"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_manifest_is_judged_as_by_the_models(api, case: Case):
    answer = api.create(JOBS, case.body)
    if case.field is None:
        assert answer.taken, answer.message
    else:
        assert answer.code in (400, 422)
        assert case.field in answer.message


@pytest.mark.parametrize(("name", "body", "field"), ONLY_LOCAL)
def test_addresses_of_one_machine_are_refused_and_it_is_said_where_they_work(api, name, body, field):
    answer = api.create(JOBS, body)
    assert answer.code == 422
    assert f"{field}: Invalid value" in answer.message
    assert "file:// and plain paths are for `hybridface run` alone" in answer.message


WORDS = [
    (manifest(faces={"minScore": "2"}), 'must be a decimal from 0 to 1 in quotes such as "0.5"'),
    (manifest(completeWithin="0s"), "must be longer than 0 s"),
    (manifest(faces={"select": "reference"}), "is required with select: reference"),
    (manifest(targets=[{"name": "a", "uri": "s3://inbox/*"}]), "is literal and may not hold * ? $ or %: rename"),
    (manifest(sensitivity="secret"), 'supported values: "public", "internal", "restricted"'),
    (manifest(chunkFrames=1), "should be greater than or equal to 64"),
]


@pytest.mark.parametrize(("body", "words"), WORDS, ids=[words[:30] for _, words in WORDS])
def test_a_refusal_says_what_to_do(api, body, words):
    assert words in api.create(JOBS, body).message


def test_what_is_left_out_gets_its_default(api):
    spec = api.create(JOBS, manifest()).body["spec"]
    assert spec["sensitivity"] == "restricted"
    assert spec["faces"] == {"select": "all", "minScore": "0.5", "minSimilarity": "0.4"}
    assert spec["blend"]["mask"] == ["box"]
    assert spec["output"]["video"] == {"container": "same", "encoder": "auto", "quality": "high"}
