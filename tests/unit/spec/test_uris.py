from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hybridface_operator.spec.resolve import resolve_uris
from hybridface_operator.spec.uris import FolderUri, ObjectUri, check_uri, resolve
from support.jobs import job

FOLDER = Path("/media/jobs")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("s3://bucket/*.jpg", "literal"),
        ("s3://bucket/${aws:username}", "literal"),
        ("s3:///a", "no bucket"),
        ("s3://bucket/../other", "is not allowed"),
        ("https://example.org/a.jpg", "give s3://"),
        ("S3://bucket/a", "give s3://"),
        ("file://server/share/a.jpg", "absolute paths on this machine"),
        ("file:///a?b", "write . as %3F"),
        ("s3://bucket/a ", "a space at an end"),
        (" clip.mp4", "a space at an end"),
        ("a\x00b", "control characters"),
        ("a\nb", "control characters"),
    ],
)
def test_what_an_address_may_not_be(uri, message):
    with pytest.raises(ValueError, match=message):
        check_uri(uri)


@pytest.mark.parametrize(
    ("uri", "whole"),
    [
        ("s3://bucket/a b/ü.jpg", "s3://bucket/a b/ü.jpg"),
        ("clip.mp4", "file:///media/jobs/clip.mp4"),
        ("./clip.mp4", "file:///media/jobs/clip.mp4"),
        ("../stills/", "file:///media/stills/"),
        ("..", "file:///media/"),
        ("./", "file:///media/jobs/"),
        ("/data/clip.mp4", "file:///data/clip.mp4"),
        ("//data//clip.mp4", "file:///data/clip.mp4"),
        ("/", "file:///"),
        ("100% *?#.jpg", "file:///media/jobs/100%25%20%2A%3F%23.jpg"),
        ("file:///data/a%20b.jpg", "file:///data/a%20b.jpg"),
        ("file://localhost/data/", "file:///data/"),
    ],
)
def test_a_relative_address_is_taken_from_the_manifests_folder(uri, whole):
    assert resolve(check_uri(uri), FOLDER) == whole


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(lambda name: "/" not in name))
def test_a_file_name_comes_back_as_it_was(name):
    whole = resolve(name, FOLDER)
    assert resolve(whole, Path("/elsewhere")) == whole
    if name not in (".", ".."):
        assert unquote(whole.removeprefix("file://")) == f"{FOLDER}/{name}"


def test_one_image_is_no_folder():
    for uri in ("s3://bucket", "s3://bucket/", "s3://bucket/faces/", "faces/"):
        with pytest.raises(ValidationError, match="a folder; one image is wanted"):
            TypeAdapter(ObjectUri).validate_python(uri)


def test_a_folder_ends_in_a_slash_afterwards():
    assert TypeAdapter(FolderUri).validate_python("out") == "out/"
    assert TypeAdapter(FolderUri).validate_python("out/") == "out/"


def test_every_address_of_a_job_is_resolved():
    whole = resolve_uris(
        job(
            sources=[{"name": "a", "images": [{"uri": "a.png"}, {"uri": "s3://faces/a.png"}]}],
            targets=[{"name": "t", "uri": "in/"}],
            output={"uri": "out"},
            faces={"map": [{"reference": {"uri": "r.png"}, "source": "a"}]},
            notify={"webhook": {"url": "https://example.org"}},
        ),
        FOLDER,
    ).spec
    assert [image.uri for image in whole.sources[0].images] == ["file:///media/jobs/a.png", "s3://faces/a.png"]
    assert (whole.targets[0].uri, whole.output.uri) == ("file:///media/jobs/in/", "file:///media/jobs/out/")
    assert whole.faces.map
    assert whole.faces.map[0].reference.uri == "file:///media/jobs/r.png"
