"""Every clip of the matrix comes out of chunks as it went in."""

from __future__ import annotations

import numpy as np
import pytest

from support.clips import MATRIX
from support.merging import chapters, described, other_packets

AT_EVERY_SIZE = ("vfr", "edit_list", "two_audio_one_subtitle")
CASES = [
    pytest.param(
        (name, size), marks=() if size == 64 or name in AT_EVERY_SIZE else pytest.mark.deep, id=f"{name}-{size}"
    )
    for name in MATRIX
    for size in (64, 96, 128)
]


@pytest.fixture(scope="module", params=CASES)
def done(request, trip):
    """A clip's way in chunks of one size; all tests of it follow each other, so that one process makes it."""
    return trip(*request.param)


def test_every_timestamp_and_duration_is_the_sources(done):
    source, result = done.source, done.result
    assert result.info.time_base == source.info.time_base
    np.testing.assert_array_equal(result.index.pts, source.index.pts)
    np.testing.assert_array_equal(result.index.durations, source.index.durations)
    assert done.notes == ()


def test_lossless_frames_decode_to_the_sources_samples(done):
    if done.source.info.codec == "mpeg4":
        assert len(list(done.result.frames())) == done.source.info.frames == MATRIX["mpeg4"].frames
    else:
        assert done.result.samples() == done.source.samples()


def test_the_other_tracks_are_copied_packet_by_packet(done):
    source, result = done.source, done.result
    assert other_packets(result.path, result.info.stream) == other_packets(source.path, source.info.stream)
    assert described(result.path) == described(source.path)


def test_tags_are_the_sources(done):
    source, result = done.source.info, done.result.info
    kept: tuple[str, ...] = ("codec", "codec_tag", "width", "height", "bit_depth", "rotation", "display_matrix")
    kept += ("sample_aspect_ratio", "colour", "hdr", "average_rate", "start_pts", "end_pts", "frames")
    assert {tag: getattr(result, tag) for tag in kept} == {tag: getattr(source, tag) for tag in kept}
    assert chapters(done.result.path) == chapters(done.source.path)
