"""Packets of copied tracks: what nobody hears stays out, and times grow as the muxer wants them to."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest
from av.stream import Stream

from hybridface_worker.contract.spec import Container
from hybridface_worker.media.passing import Pace, heard

MS = Fraction(1, 1000)


def packet(name: str, *, hidden: bool = False, track: int = 1, kind: str = "audio", codec: str = "aac") -> Any:
    stream = SimpleNamespace(type=kind, codec_context=SimpleNamespace(name=codec))
    return SimpleNamespace(name=name, is_discard=hidden, stream_index=track, stream=stream)


def names(packets: list[Any], container: Container) -> str:
    kept: list[Any] = list(heard(packets, container))
    return "".join(each.name for each in kept)


@pytest.mark.parametrize(
    ("codec", "container", "kept"),
    [
        ("aac", Container.MP4, "abcdf"),
        ("aac", Container.MKV, "bcdf"),
        ("pcm_s16le", Container.MKV, "cdf"),
        ("pcm_s16le", Container.MOV, "abcdf"),
    ],
)
def test_hidden_sound_stays_out_where_it_would_be_heard(codec, container, kept):
    packets = [packet(name, hidden=name in "abeg", codec=codec) for name in "abcdefg"]
    assert names(packets, container) == kept


def test_each_track_begins_for_itself_and_pictures_are_let_be():
    packets = [
        packet("a", hidden=True),
        packet("x", track=2),
        packet("b", hidden=True),
        packet("p", hidden=True, track=3, kind="video"),
        packet("y", hidden=True, track=2),
        packet("c"),
    ]
    assert names(packets, Container.MKV) == "xpbc"


def paced(
    times: list[int | None], container: Container, kind: str = "audio", tick: Fraction = MS
) -> tuple[list[Any], tuple[Any, ...]]:
    pace = Pace(cast("Stream", SimpleNamespace(index=2, type=kind, time_base=tick)), container)
    packets: list[Any] = [SimpleNamespace(pts=time, dts=time, duration=20, time_base=MS) for time in times]
    for each in packets:
        pace.keep(each)
    return [each.dts for each in packets], pace.notes()


@pytest.mark.parametrize("container", list(Container))
def test_times_that_grow_stay_as_they_are(container):
    assert paced([-20, 0, 20, 41], container) == ([-20, 0, 20, 41], ())


def test_times_that_are_shared_are_moved_where_they_must_grow():
    times, (note,) = paced([0, 0, 0, 40], Container.MP4)
    assert times == [0, 1, 2, 40]
    assert "Track 2, audio" in note.message
    assert "2.000 ms" in note.message
    assert paced([0, 0, 0, 40], Container.MKV) == ([0, 0, 0, 40], ())
    assert paced([0, 0, 40], Container.MP4, "subtitle") == ([0, 0, 40], ())


@pytest.mark.parametrize("container", list(Container))
def test_times_that_go_back_are_moved_anywhere(container):
    times, (note,) = paced([0, 40, 20, 60], container)
    assert times[2] in (40, 41)
    assert "ms" in note.message


def test_a_packet_without_a_time_follows_the_one_before():
    assert paced([0, None, None, 60], Container.MKV) == ([0, 20, 40, 60], ())


def test_a_move_is_counted_by_the_finer_clock_of_the_result():
    times, (note,) = paced([0, 0, 40], Container.MP4, tick=Fraction(1, 48_000))
    assert times == [0, 1, 40]
    assert "0.021 ms" in note.message


def paced_video(times: list[tuple[int, int | None]], container: Container) -> tuple[list[Any], tuple[Any, ...]]:
    """Of packets with these presentation and decoding times."""
    pace = Pace(cast("Stream", SimpleNamespace(index=2, type="video", time_base=MS)), container)
    packets: list[Any] = [SimpleNamespace(pts=pts, dts=dts, duration=20, time_base=MS) for pts, dts in times]
    for each in packets:
        pace.keep(each)
    return [(each.pts, each.dts) for each in packets], pace.notes()


@pytest.mark.parametrize("container", list(Container))
def test_pictures_keep_the_order_that_decoders_need(container):
    reordered: list[tuple[int, int | None]] = [(0, -40), (60, -20), (20, 0), (40, 20)]
    assert paced_video(reordered, container) == (reordered, ())
    without: list[tuple[int, int | None]] = [(0, None), (60, None), (20, None)]
    assert paced_video(without, container) == (without, ())


def test_pictures_with_one_decoding_time_are_decoded_one_after_another_and_shown_when_they_were():
    times, (note,) = paced_video([(0, -40), (60, -40), (20, -40), (20, 20), (20, 20)], Container.MP4)
    assert times == [(0, -40), (60, -39), (20, -38), (20, 20), (21, 21)]
    assert "Track 2, video" in note.message
    assert "2.000 ms" in note.message
    assert paced_video([(20, 20), (20, 20)], Container.MKV) == ([(20, 20), (20, 20)], ())
