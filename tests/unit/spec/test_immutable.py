from __future__ import annotations

import pytest

from hybridface_operator.spec.immutable import MUTABLE, immutable_spec
from hybridface_operator.spec.job import FaceSwapJobSpec
from support.jobs import job

CHANGES = {
    "sources": [{"name": "actor", "images": [{"uri": "s3://faces/other.jpg"}]}],
    "targets": [{"name": "clip", "uri": "s3://inbox/other.mp4"}],
    "output": {"uri": "s3://results/other/"},
    "faces": {"minScore": "0.6"},
    "models": {"swapper": "marker"},
    "blend": {"ratio": "0.5"},
    "onDecodeError": "keepOriginal",
    "sensitivity": "public",
    "priority": "urgent",
    "completeWithin": "5m",
    "consent": {"reference": "contract 2"},
    "budget": {"maxCost": "1"},
    "placement": {"allowedPools": ["private"]},
    "notify": {"webhook": {"url": "https://example.org"}},
    "chunkFrames": 96,
    "maxTriesPerChunk": 4,
    "suspend": True,
    "ttlSecondsAfterFinished": 0,
}


def test_every_field_is_tried():
    assert CHANGES.keys() == {field.alias for field in FaceSwapJobSpec.model_fields.values()}
    assert CHANGES.keys() > MUTABLE


@pytest.mark.parametrize("field", sorted(CHANGES))
def test_what_may_change_is_no_part_of_it_and_all_else_is(field):
    before, after = job(), job(**{field: CHANGES[field]})
    assert (immutable_spec(before) == immutable_spec(after)) is (field in MUTABLE)


def test_a_default_written_out_is_the_same_job():
    assert immutable_spec(job(chunkFrames=64, faces={"select": "all"})) == immutable_spec(job())
