"""Any range of any clip, in any order, is that part of a full decode."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from hybridface_worker.media import decode
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.frames import Decoded, FrameDecoder
from support.clip_picture import read_number
from support.clips import BESIDE, EDIT_LEAD, MATRIX, clip
from support.decoded import decoded, digest, inspected

ALL = {**MATRIX, **BESIDE}


def _ranges(length: int, seed: int, count: int = 6) -> list[tuple[int, int]]:
    chosen = random.Random(seed)
    starts = [chosen.randrange(length) for _ in range(count)]
    return [(start, min(length, start + chosen.randrange(1, 50))) for start in starts]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", ALL)
def test_random_ranges_are_parts_of_a_full_decode(name: str, threads: int) -> None:
    seen, whole = inspected(clip(name)), decoded(clip(name))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=threads) as reader:
        for start, end in _ranges(len(whole), seed=len(name) + threads):
            found = list(reader.read(start, end))
            assert [frame.number for frame in found] == list(range(start, end))
            assert [(frame.frame.pts, digest(frame.frame)) for frame in found] == list(whole[start:end])
            assert not any(frame.concealed for frame in found)


@pytest.mark.parametrize("name", ["cfr", "bframes", "open_gop", "hevc_10bit", "vp9_webm", "av1_webm", "mpeg4"])
def test_a_frame_is_the_one_that_was_painted_with_its_number(name: str) -> None:
    seen = inspected(clip(name))
    white = 235 << seen.info.bit_depth - 8
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=1) as reader:
        for start in (150, 70, 71, 0):
            (found,) = reader.read(start, start + 1)
            assert read_number(found.frame.to_ndarray(format="gray10le" if white > 255 else "gray"), white) == start


def test_frames_of_an_edited_clip_count_from_the_first_shown() -> None:
    seen = inspected(clip("edit_list"))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=1) as reader:
        (found,) = reader.read(5, 6)
        assert read_number(found.frame.to_ndarray(format="gray"), 235) == 5 + EDIT_LEAD


def test_neighbouring_ranges_are_read_without_a_seek(monkeypatch: pytest.MonkeyPatch) -> None:
    points: list[int] = []
    start = FrameDecoder.start

    def noted(self: FrameDecoder, point: int) -> Iterator[Decoded]:
        points.append(point)
        return start(self, point)

    monkeypatch.setattr(FrameDecoder, "start", noted)
    seen = inspected(clip("bframes"))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=1) as reader:
        for first, last in pairwise([60, 64, 96, 128, 128 + decode.NEAR_FRAMES, 160, 200]):
            list(reader.read(first, last))
        assert points == [1]
        list(reader.read(64, 70))
        assert points == [1, 1]
        list(reader.read(150, 151))
        assert points == [1, 1, 3]


def test_a_range_that_was_given_up_half_way_does_not_disturb_the_next() -> None:
    seen, whole = inspected(clip("bframes")), decoded(clip("bframes"))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=2) as reader:
        half = reader.read(60, 120)
        for _ in range(7):
            next(half)
        del half
        for start, end in ((67, 80), (65, 66), (0, 200)):
            assert [digest(found.frame) for found in reader.read(start, end)] == [one for _, one in whole[start:end]]


def test_writing_to_a_frame_changes_no_other() -> None:
    seen, whole = inspected(clip("bframes")), decoded(clip("bframes"))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=1) as reader:
        for found in reader.read(40, 90):
            assert digest(found.frame) == whole[found.number][1]
            found.frame.make_writable()
            np.frombuffer(memoryview(found.frame.planes[0]), np.uint8)[:] = 0


def test_an_empty_range_is_empty_and_one_outside_is_a_mistake() -> None:
    seen = inspected(clip("two_frames"))
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index) as reader:
        assert list(reader.read(1, 1)) == []
        for start, end in ((-1, 1), (0, 3), (2, 1)):
            with pytest.raises(ValueError, match="not within"):
                list(reader.read(start, end))
