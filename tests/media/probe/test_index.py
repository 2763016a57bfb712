"""The frame table, made from packets alone, is what a full decode shows."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media.index import FrameIndex, PacketTable, build_index
from support.clips import BESIDE, EDIT_LEAD, MATRIX, clip
from support.clips_odd import cut_at_keyframe
from support.decoded import decoded, inspected

ALL = {**MATRIX, **BESIDE}


@pytest.mark.parametrize("name", ALL)
def test_every_frame_that_decodes_is_in_the_table_and_no_other(name: str) -> None:
    path = clip(name)
    index = inspected(path).index
    assert index.pts.tolist() == [pts for pts, _ in decoded(path)]
    assert len(index) == ALL[name].frames


@pytest.mark.parametrize("name", ALL)
def test_each_frame_lasts_until_the_next(name: str) -> None:
    seen = inspected(clip(name))
    assert seen.index.durations[:-1].tolist() == np.diff(seen.index.pts).tolist()
    assert seen.index.durations[-1] > 0
    assert seen.info.end_pts == seen.index.pts[-1] + seen.index.durations[-1]


@pytest.mark.parametrize(
    ("name", "duration"),
    [("cfr", 1001), ("vfr", 4500), ("bframes", 512), ("mov_timescale_600", 25), ("vp9_webm", 40), ("one_frame", 1001)],
)
def test_the_last_frame_lasts_as_long_as_its_maker_said(name: str, duration: int) -> None:
    assert inspected(clip(name)).index.durations[-1] == duration


def test_frames_that_the_edit_list_leaves_out_are_packets_and_no_frames() -> None:
    seen = inspected(clip("edit_list"))
    assert seen.info.packets == seen.info.frames + EDIT_LEAD
    assert seen.info.start_pts == 0
    assert seen.index.seek_pts[0] < 0


@pytest.mark.parametrize("name", ["open_gop", "hevc_10bit"])
def test_leading_pictures_whose_references_were_cut_away_are_no_frames(name: str, tmp_path: Path) -> None:
    path = cut_at_keyframe(tmp_path, name, 2)
    seen = inspected(path)
    assert seen.index.pts.tolist() == [pts for pts, _ in decoded(path)]
    assert seen.info.packets > seen.info.frames


def test_a_recovery_point_of_an_open_gop_is_no_seek_point() -> None:
    assert len(inspected(clip("open_gop")).index.seek_pts) == 1
    assert len(inspected(clip("bframes")).index.seek_pts) == 5


def test_the_table_survives_its_archive() -> None:
    index = inspected(clip("vfr")).index
    again = FrameIndex.from_npz(index.to_npz())
    assert again.to_npz() == index.to_npz()
    assert again.digest() == index.digest() == inspected(clip("vfr")).info.index_sha256


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no archive at all"])
def test_what_is_no_archive_is_no_table(data: bytes) -> None:
    with pytest.raises(ValueError, match="table"):
        FrameIndex.from_npz(data)


def test_a_frame_is_found_by_its_exact_pts_only() -> None:
    index = inspected(clip("vfr")).index
    assert [index.number(int(pts)) for pts in index.pts] == list(range(len(index)))
    assert index.number(int(index.pts[3]) + 1) is None
    assert index.number(None) is None
    assert index.number(10**15) is None


def _table(pts: list[int], durations: list[int], end: int | None = None) -> PacketTable:
    ones = array("b", [1] * len(pts))
    return PacketTable(Fraction(1, 1000), array("q", pts), array("q", durations), ones, ones, track_end=end)


def test_without_any_duration_the_last_frame_lasts_as_long_as_the_one_before() -> None:
    assert build_index(_table([0, 40, 90], [0, 0, 0])).durations.tolist() == [40, 50, 50]
    assert build_index(_table([7], [0])).durations.tolist() == [1]


def test_reordered_packets_with_uneven_durations_end_where_the_track_does() -> None:
    assert build_index(_table([0, 90, 40], [40, 25, 30], end=150)).durations.tolist() == [40, 50, 60]
    assert build_index(_table([0, 80, 40], [40, 40, 40], end=150)).durations.tolist() == [40, 40, 40]


def test_two_frames_at_one_time_are_refused() -> None:
    with pytest.raises(InputRefused) as refused:
        build_index(_table([0, 40, 40], [40, 40, 40]))
    assert refused.value.reason is Reason.BAD_TIMESTAMPS


def test_a_frame_left_out_lengthens_the_one_before() -> None:
    index = build_index(_table([0, 40, 80, 120], [40, 40, 40, 40]))
    assert index.without(np.array([1])).durations.tolist() == [80, 40, 40]
    assert index.without(np.array([3])).durations.tolist() == [40, 40, 80]
