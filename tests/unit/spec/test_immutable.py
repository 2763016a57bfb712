from __future__ import annotations

import pytest

from hybridface_operator.spec.immutable import MUTABLE, immutable_changes, immutable_digest
from hybridface_operator.spec.job import FaceSwapJob, FaceSwapJobSpec
from support.jobs import job, manifest

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
def test_what_may_change_leaves_the_digest_alone_and_nothing_else_does(field):
    before, after = job(), job(**{field: CHANGES[field]})
    may_change = field in MUTABLE
    assert immutable_changes(before, after) == ([] if may_change else [f"spec.{field}"])
    assert (immutable_digest(before) == immutable_digest(after)) is may_change


def test_a_default_written_out_is_the_same_job():
    assert immutable_digest(job(chunkFrames=64, faces={"select": "all"})) == immutable_digest(job())


@pytest.mark.parametrize("metadata", [{"name": "other"}, {"name": "small", "namespace": "studio"}])
def test_another_name_is_another_job(metadata):
    other = FaceSwapJob.model_validate(manifest() | {"metadata": metadata})
    assert immutable_digest(other) != immutable_digest(job())


def test_labels_and_what_the_server_sets_are_no_part_of_it():
    metadata = {"name": "small", "labels": {"a": "b"}, "uid": "1", "generation": 2}
    other = FaceSwapJob.model_validate(manifest() | {"metadata": metadata, "status": {"phase": "Done"}})
    assert immutable_digest(other) == immutable_digest(job())
