"""What a tenant's grant opens."""

from __future__ import annotations

import pytest

from hybridface_operator.policy.grants import effective_sensitivity, granted
from hybridface_operator.policy.tenants import Grant
from hybridface_operator.policy.types import Sensitivity

PUBLIC, INTERNAL, RESTRICTED = Sensitivity
GRANT = Grant(namespace="studio", read=("s3://faces/act/", "s3://inbox/"), write=("s3://results/studio/",))


@pytest.mark.parametrize(
    "uri", ["s3://faces/act/a.jpg", "s3://faces/act/", "s3://faces/act/b/c.jpg", "s3://inbox/x.mp4", "s3://inbox"]
)
def test_what_lies_below_a_granted_prefix_is_open(uri):
    assert granted(GRANT, [uri], []) == []


@pytest.mark.parametrize(
    "uri",
    [
        "s3://faces/actor/a.jpg",
        "s3://faces/act",
        "s3://faces/acts/",
        "s3://faces/",
        "s3://faces",
        "s3://inbox-2/x.mp4",
        "s3://FACES/act/a.jpg",
        "s3://results/studio/a.mp4",
        "s3://faces/act/../patients/a.jpg",
        "s3://faces/act/*",
        "s3://faces/act//a.jpg",
        "file:///faces/act/a.jpg",
        "faces/act/a.jpg",
        "",
    ],
)
def test_everything_else_is_closed(uri):
    (refusal,) = granted(GRANT, [uri], [])
    assert (refusal.uri, refusal.access) == (uri, "read")
    assert repr(uri) in refusal.message or refusal.message.startswith(uri)


def test_reading_opens_no_writing_and_writing_no_reading():
    refusals = granted(GRANT, ["s3://results/studio/a.mp4"], ["s3://inbox/a.mp4"])
    assert [(refusal.access, refusal.uri) for refusal in refusals] == [
        ("read", "s3://results/studio/a.mp4"),
        ("write", "s3://inbox/a.mp4"),
    ]


def test_the_message_names_the_address_and_what_is_granted():
    reads, writes = granted(GRANT, ["s3://faces/actor/a.jpg"], ["s3://results/"])
    assert reads.message == (
        "s3://faces/actor/a.jpg: namespace studio may not read it; it may read s3://faces/act/, s3://inbox/"
    )
    assert writes.message == "s3://results/: namespace studio may not write it; it may write s3://results/studio/"


def test_an_empty_grant_opens_nothing():
    (refusal,) = granted(Grant(namespace="new"), ["s3://inbox/a.mp4"], [])
    assert refusal.message.endswith("it may read nothing")


@pytest.mark.parametrize(
    ("declared", "least", "counts_as"),
    [
        (PUBLIC, PUBLIC, PUBLIC),
        (PUBLIC, INTERNAL, INTERNAL),
        (PUBLIC, RESTRICTED, RESTRICTED),
        (RESTRICTED, PUBLIC, RESTRICTED),
        (None, PUBLIC, RESTRICTED),
    ],
)
def test_a_job_counts_as_the_stricter_of_what_it_says_and_what_its_tenant_is(declared, least, counts_as):
    assert effective_sensitivity(declared, Grant(namespace="a", min_sensitivity=least)) == counts_as
