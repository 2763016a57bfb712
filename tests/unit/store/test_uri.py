from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.store.keys import check_key, check_prefix
from hybridface_worker.store.uri import BadUriError, Location, file_uri, parse_uri


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://inbox/clip.mp4", Location("s3", "inbox", "clip.mp4")),
        ("s3://inbox/a b/ü+c#d.mp4", Location("s3", "inbox", "a b/ü+c#d.mp4")),
        ("s3://inbox/stills/", Location("s3", "inbox", "stills/")),
        ("s3://inbox/", Location("s3", "inbox", "")),
        ("s3://inbox", Location("s3", "inbox", "")),
        ("file:///tmp/clip.mp4", Location("file", "", "tmp/clip.mp4")),
        ("file://localhost/tmp/clip.mp4", Location("file", "", "tmp/clip.mp4")),
        ("file:///tmp/a%20b%25%3F/%C3%BC.mp4", Location("file", "", "tmp/a b%?/ü.mp4")),
        ("file:///tmp/a..b.mp4", Location("file", "", "tmp/a..b.mp4")),
        ("file:///", Location("file", "", "")),
    ],
)
def test_a_uri_is_taken_apart(text, expected):
    assert parse_uri(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3://inbox/*", r"may not hold \*"),
        ("s3://inbox/a?.mp4", r"may not hold \?"),
        ("s3://inbox/${aws:username}/a", r"may not hold \$"),
        ("s3://inbox/a%2Fb", "may not hold %"),
        ("s3://inbox/a/../b", "`..` is not allowed"),
        ("s3://inbox/a..b", "`..` is not allowed"),
        ("s3://inbox/a\nb", "control characters"),
        ("s3://inbox/a\x7f", "control characters"),
        ("s3:///key", "'' is no bucket's name"),
        ("s3://In*box/key", r"no bucket's name"),
        ("s3://user:secret@inbox/key", "no bucket's name"),
        ("s3://inbox//key", "empty segments"),
        ("s3://inbox/a/./b", "empty segments and `.`"),
        ("file://clip.mp4", "absolute"),
        ("file://host/clip.mp4", "absolute"),
        ("file:///tmp/%2e%2e/etc/passwd", "`..` is not allowed"),
        ("file:///tmp/%00", "control characters"),
        ("file:///tmp/%FF", "not UTF-8"),
        ("file:///tmp/a?b", "write [?] as %3F"),
        ("file:///tmp/a#b", "# as %23"),
        ("file:////tmp/a", "empty segments"),
        ("clip.mp4", "give s3://"),
        ("/videos/clip.mp4", "give s3://"),
        ("https://example.org/clip.mp4", "give s3://"),
        ("S3://inbox/clip.mp4", "give s3://"),
        ("", "give s3://"),
    ],
)
def test_what_names_no_object_is_refused_and_told_what_to_write(text, said):
    with pytest.raises(BadUriError, match=said) as raised:
        parse_uri(text)
    assert repr(text) in raised.value.message


@pytest.mark.parametrize(("text", "is_prefix"), [("s3://b-b/a/", True), ("s3://b-b", True), ("s3://b-b/a", False)])
def test_a_uri_that_ends_in_a_slash_stands_for_what_is_under_it(text, is_prefix):
    assert parse_uri(text).is_prefix == is_prefix


segments = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1).filter(
    lambda text: text not in {".", ".."}
)


@given(st.lists(segments, min_size=1).map("/".join))
def test_every_path_has_a_uri_that_leads_back_to_it(path):
    check_key(path)
    location = parse_uri(file_uri("/" + path))
    assert location.key == path
    assert location.uri == file_uri("/" + path)


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", ".hidden", "a/.h"])
def test_a_key_may_begin_like_that(prefix):
    check_prefix(prefix)


@pytest.mark.parametrize("prefix", ["/", "/a", "a//", "../", "a/../b", "./a", "a/.."])
def test_no_key_begins_like_that(prefix):
    with pytest.raises(StoreRefusedError):
        check_prefix(prefix)
