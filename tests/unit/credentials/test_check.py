"""What a grant covers: asked at every minting, so that a grant that is taken back is felt."""

from __future__ import annotations

import pytest

from hybridface_operator.credentials.check import check_access
from hybridface_operator.policy.tenants import Grant
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_worker.contract.reasons import Reason

GRANT = Grant(namespace="tenant-a", read=("s3://media/tenant-a/", "s3://faces/"), write=("s3://results/tenant-a/",))


def spec(
    *, source="s3://faces/a.png", target="s3://media/tenant-a/clip.mp4", output="s3://results/tenant-a/x/", **more
):
    return FaceSwapJobSpec.model_validate(
        {
            "sources": [{"name": "actor", "images": [{"uri": source}]}],
            "targets": [{"name": "clip", "uri": target}],
            "output": {"uri": output},
            "consent": {"reference": "r"},
            **more,
        }
    )


def refusals(job, grant=GRANT):
    return check_access("tenant-a", grant, job)


def test_what_is_granted_is_not_refused():
    assert refusals(spec()) == []


def test_a_namespace_without_a_grant_may_do_nothing():
    (finding,) = refusals(spec(), grant=None)
    assert finding.reason == Reason.NO_GRANT
    assert "tenant-a" in finding.message


def test_a_grant_of_nothing_covers_nothing():
    found = refusals(spec(), grant=Grant(namespace="tenant-a"))
    assert [each.reason for each in found] == [Reason.NOT_GRANTED] * 3


@pytest.mark.parametrize(
    "target",
    [
        "s3://media/tenant-ab/clip.mp4",
        "s3://media/tenant-a",
        "s3://media/tenant-a-2/",
        "s3://media/",
        "s3://media-2/tenant-a/clip.mp4",
        "s3://results/tenant-a/clip.mp4",
    ],
)
def test_what_merely_begins_alike_is_not_granted(target):
    (finding,) = refusals(spec(target=target))
    assert finding.reason == Reason.NOT_GRANTED
    assert finding.message.startswith(f"spec.targets[0].uri: {target}: namespace tenant-a may not read it")
    assert "s3://media/tenant-a/, s3://faces/" in finding.message


def test_what_may_be_written_is_not_what_may_be_read():
    (finding,) = refusals(spec(output="s3://media/tenant-a/out/"))
    assert finding.message.startswith("spec.output.uri: ")


def test_a_prefix_may_be_the_granted_one_itself():
    assert refusals(spec(target="s3://media/tenant-a/", output="s3://results/tenant-a/")) == []


@pytest.mark.parametrize("uri", ["/etc/passwd", "file:///etc/passwd", "clip.mp4"])
def test_files_are_granted_to_nobody(uri):
    (finding,) = refusals(spec(target=uri))
    assert finding.reason == Reason.NOT_GRANTED


def test_references_are_read_too():
    found = refusals(spec(faces={"select": "reference", "reference": {"uri": "s3://other/who.png"}}))
    assert [each.message.split(":")[0] for each in found] == ["spec.faces.reference.uri"]
    mapped = {"map": [{"reference": {"uri": "s3://other/who.png"}, "source": "actor"}]}
    assert [each.message.split(":")[0] for each in refusals(spec(faces=mapped))] == ["spec.faces.map[0].reference.uri"]
