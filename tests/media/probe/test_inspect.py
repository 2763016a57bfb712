"""What Probe says of a video is what its maker wrote."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from hybridface_worker.contract.media import Colour, StaticHdr, Track
from hybridface_worker.contract.spec import Container
from support.clips import BESIDE, MASTER_DISPLAY, MATRIX, clip
from support.decoded import inspected


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cfr", {"codec": "h264", "average_rate": Fraction(30000, 1001), "time_base": Fraction(1, 30000)}),
        ("vfr", {"has_b_frames": True, "time_base": Fraction(1, 90000), "end_pts": 637500}),
        ("hevc_10bit", {"codec": "hevc", "codec_tag": "hvc1", "bit_depth": 10, "pixel_format": "yuv420p10le"}),
        ("vp9_webm", {"codec": "vp9", "container": Container.WEBM, "codec_tag": None, "has_b_frames": False}),
        ("av1_webm", {"codec": "av1", "pixel_format": "yuv420p"}),
        ("mpeg4", {"codec": "mpeg4", "codec_tag": "mp4v"}),
        ("rotated_90", {"rotation": 90, "display_matrix": (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)}),
        ("odd_853x479", {"width": 853, "height": 479}),
        ("sar_4_3", {"sample_aspect_ratio": Fraction(4, 3), "rotation": 0, "display_matrix": None}),
        ("first_pts_not_0", {"start_pts": 7007, "end_pts": 207207}),
        ("mov_timescale_600", {"container": Container.MOV, "time_base": Fraction(1, 600), "average_rate": 24}),
        ("chapters", {"chapters": 2}),
        ("chapters_mp4", {"chapters": 2}),
        ("full_range", {"pixel_format": "yuvj420p", "colour": Colour(full_range=True)}),
        (
            "hdr10_static",
            {
                "colour": Colour(full_range=False, primaries=9, transfer=16, matrix=9),
                "hdr": StaticHdr(master_display=MASTER_DISPLAY, max_cll=1000, max_fall=400),
            },
        ),
        ("gray", {"pixel_format": "gray"}),
        ("gbrp", {"pixel_format": "gbrp"}),
        ("yuv422p10", {"pixel_format": "yuv422p10le", "bit_depth": 10}),
    ],
)
def test_a_clip_is_described_as_it_was_made(name: str, said: dict[str, Any]) -> None:
    info = inspected(clip(name)).info
    assert {field: getattr(info, field) for field in said} == said


@pytest.mark.parametrize(
    ("name", "tracks"),
    [
        ("bframes", []),
        ("two_audio_one_subtitle", [("audio", "aac", "eng"), ("audio", "opus", "fra"), ("subtitle", "subrip", "deu")]),
        (
            "two_audio_one_subtitle_mp4",
            [("audio", "aac", "eng"), ("audio", "aac", "fra"), ("subtitle", "mov_text", "deu")],
        ),
        ("pcm_mov", [("audio", "pcm_s16le", "eng")]),
        ("timecode", [("data", "tmcd", "eng")]),
        ("cover_art", [("video", "mjpeg", None)]),
    ],
)
def test_the_tracks_beside_the_picture_are_named(name: str, tracks: list[tuple[str, str, str]]) -> None:
    def plain(track: Track) -> tuple[str, str, str | None]:
        return track.kind, track.codec, track.language

    assert [plain(track) for track in inspected(clip(name)).info.tracks] == tracks


@pytest.mark.parametrize("name", [*MATRIX, *BESIDE])
def test_two_looks_at_a_clip_agree(name: str) -> None:
    first = inspected(clip(name))
    inspected.cache_clear()
    second = inspected(clip(name))
    assert first.info == second.info
    assert first.index.to_npz() == second.index.to_npz()
