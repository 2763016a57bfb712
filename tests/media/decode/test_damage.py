"""Broken packets: the frames are named, or concealed, and the same ones however the clip is cut into ranges."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from pathlib import Path

import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Limits
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.frames import FrameDecoder
from support.clips import clip
from support.clips_bad import damaged
from support.decoded import Inspected, decoded, digest, inspected

CODECS = ["bframes", "hevc_10bit", "vp9_webm", "av1_webm", "mpeg4"]
DETECTS_FLIPS = ["bframes", "av1_webm", "mpeg4"]
"""VP9 decodes any bits to some picture, and so does HEVC as long as their number is right."""


def _concealed(seen: Inspected, cuts: list[int], threads: int) -> list[tuple[int, int | None, bool, str]]:
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=threads) as reader:
        return [
            (found.number, found.frame.pts, found.concealed, digest(found.frame))
            for start, end in pairwise(cuts)
            for found in reader.read(start, end, conceal=True)
        ]


def _named(seen: Inspected, start: int, end: int, threads: int) -> tuple[list[int], set[int]]:
    """The frames that came, and those that the refusal names."""
    came: list[int] = []
    with (
        seen.path.open("rb") as file,
        VideoReader(file, seen.info, seen.index, threads=threads) as reader,
        pytest.raises(InputRefused) as refused,
    ):
        came.extend(found.number for found in reader.read(start, end))
    assert refused.value.reason is Reason.DECODE_ERROR
    words = re.search(r"frames? ([\d, -]+) ", refused.value.message)
    assert words is not None
    names: set[int] = set()
    for run in words[1].split(", "):
        first, _, last = run.partition("-")
        names |= set(range(int(first), int(last or first) + 1))
    return came, names


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", CODECS)
def test_a_lost_packet_is_named_after_the_frames_before_it(name: str, threads: int, tmp_path: Path) -> None:
    seen = inspected(damaged(tmp_path, name, frame=71, how="zero").path)
    came, named = _named(seen, 64, 128, threads)
    assert 71 in named
    assert came == list(range(64, min(named)))
    assert min(named) >= 70


@pytest.mark.parametrize("name", DETECTS_FLIPS)
def test_a_packet_with_wrong_bits_is_named(name: str, tmp_path: Path) -> None:
    seen = inspected(damaged(tmp_path, name, frame=71, how="flip").path)
    assert 71 in _named(seen, 64, 128, 2)[1]


@pytest.mark.parametrize("name", ["bframes", "hevc_10bit"])
def test_several_threads_tell_of_a_broken_packet_before_its_picture_is_seen(name: str, tmp_path: Path) -> None:
    """A thread that hands a picture on may do so before another has found out that it is damaged."""
    seen = inspected(damaged(tmp_path, name, frame=71, how="zero" if name == "hevc_10bit" else "flip").path)
    with seen.path.open("rb") as file:
        decoder = FrameDecoder(file, seen.info.container, seen.info.stream, seen.index, threads=2, limits=Limits())
        shown = [found.number for found in takewhile(lambda found: found.frame is not None, decoder.start(0))]
        decoder.close()
    assert shown == list(range(len(shown)))
    assert 60 < len(shown) <= 71


@pytest.mark.parametrize("name", CODECS)
def test_the_rest_of_a_broken_clip_reads_as_ever(name: str, tmp_path: Path) -> None:
    seen, whole = inspected(damaged(tmp_path, name, frame=71, how="zero").path), decoded(clip(name))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=2) as reader:
        with pytest.raises(InputRefused):
            list(reader.read(64, 128))
        for start, end in ((0, 64), (180, 200)):
            assert [digest(found.frame) for found in reader.read(start, end)] == [one for _, one in whole[start:end]]


@pytest.mark.parametrize("frame", [0, 71, 96, 199])
@pytest.mark.parametrize("name", CODECS)
def test_concealment_does_not_depend_on_how_the_clip_is_cut(name: str, frame: int, tmp_path: Path) -> None:
    seen = inspected(damaged(tmp_path, name, frame=frame, how="zero").path)
    whole = _concealed(seen, [0, 200], 2)
    assert [number for number, *_ in whole] == list(range(200))
    assert [pts for _, pts, *_ in whole] == seen.index.pts.tolist()
    assert whole[frame][2]
    assert _concealed(seen, [0, 33, 66, 72, 97, 128, 199, 200], 2) == whole
    assert _concealed(seen, [0, 64, 128, 192, 200], 1) == whole


@pytest.mark.parametrize(("name", "frame"), [("bframes", 66), ("hevc_10bit", 66), ("vp9_webm", 66), ("mpeg4", 66)])
def test_what_was_predicted_from_a_lost_frame_is_wrong_until_the_next_key_frame(
    name: str, frame: int, tmp_path: Path
) -> None:
    """As the page on media says: HEVC's decoder tells all of these frames, the others some."""
    seen, whole = inspected(damaged(tmp_path, name, frame=frame, how="zero").path), decoded(clip(name))
    shown = _concealed(seen, [0, 200], 1)
    wrong = {number for (number, *_, one), (_, right) in zip(shown, whole, strict=True) if one != right}
    listed = {number for number, _, concealed, _ in shown if concealed}
    keys = [seen.index.first_frame(point) for point in range(len(seen.index.seek_pts))]
    assert frame in listed
    assert listed <= wrong
    assert max(key for key in keys if key <= frame) < min(wrong)
    assert max(wrong) < min(key for key in keys if key > frame)
    assert (listed == wrong) == (name == "hevc_10bit")


def test_a_frame_without_a_picture_is_the_one_before_once_more(tmp_path: Path) -> None:
    seen = inspected(damaged(tmp_path, "cfr", frame=71, how="zero").path)
    shown = _concealed(seen, [0, 200], 1)
    assert shown[71][2:] == (True, shown[70][3])
    assert not shown[70][2]
    assert not shown[72][2]


def test_before_the_first_picture_stands_the_first(tmp_path: Path) -> None:
    seen = inspected(damaged(tmp_path, "cfr", frame=0, how="zero").path)
    shown = _concealed(seen, [0, 200], 1)
    first = next(row for row in shown if not row[2])
    assert first[0] > 0
    assert {row[3] for row in shown[: first[0]]} == {first[3]}


def test_copies_are_independent_of_what_a_consumer_does_to_the_original(tmp_path: Path) -> None:
    seen = inspected(damaged(tmp_path, "cfr", frame=71, how="zero").path)
    expected = {number: one for number, _, _, one in _concealed(seen, [60, 80], 1)}
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=1) as reader:
        for found in reader.read(60, 80, conceal=True):
            assert digest(found.frame) == expected[found.number]
            found.frame.make_writable()
            np.frombuffer(memoryview(found.frame.planes[0]), np.uint8)[:] = 0
