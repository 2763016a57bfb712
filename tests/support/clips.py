"""The media matrix: every kind of clip that has to come through exactly, made with PyAV and cached by what made it.

`clip("vfr")` gives a path to a file that must not be changed; `clip("vfr", 65)` the same clip with 65 frames.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av

from .clip_writer import Video, audio, cover, subtitles, write_clip

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes its banner to standard error otherwise
NTSC = Fraction(30000, 1001)
X264 = {"preset": "ultrafast"}
EDIT_LEAD = 39
"""Frames of the edit-list clip that are coded and never shown."""


@dataclass(frozen=True)
class ClipSpec:
    """One clip. `build(path, frames)` writes it; `frames` counts what a player presents."""

    name: str
    suffix: str
    build: Callable[[Path, int], None]
    frames: int = 200

    def make(self, path: Path, frames: int | None = None) -> Path:
        """Writes the clip to `path`, whose suffix has to be the spec's."""
        self.build(path, self.frames if frames is None else frames)
        return path

    def cached(self, frames: int | None = None) -> Path:
        """The clip's file in the cache, made now if it is not there. Not to be changed."""
        count = self.frames if frames is None else frames
        path = cache_folder() / f"{self.name}-{count}{self.suffix}"
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                keep(self.make(Path(folder) / path.name, count), path)
        return path


def keep(made: Path, path: Path) -> None:
    """Puts a made file into the cache, unless another process was first: a file that is in use never changes."""
    with suppress(FileExistsError):
        path.hardlink_to(made)


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """A folder of its own for each content of the generators and each PyAV."""
    digest = hashlib.sha256(av.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("clip*.py")):
        digest.update(source.read_bytes())
    root = Path(os.environ.get("HYBRIDFACE_CLIP_CACHE") or Path.home() / ".cache" / "hybridface" / "clips")
    folder = root / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _simple(name: str, suffix: str, video: Video, *, frames: int = 200, **more: Any) -> ClipSpec:
    return ClipSpec(name, suffix, lambda path, count: write_clip(path, video, count, **more), frames)


def _vfr_ticks(number: int) -> int:
    return sum((3000, 3750, 1500, 4500)[step % 4] for step in range(number))


def _x264(**parameters: object) -> dict[str, str]:
    return {**X264, "x264-params": ":".join(f"{key.replace('_', '-')}={value}" for key, value in parameters.items())}


def _x265(**parameters: object) -> dict[str, str]:
    chosen = {"log-level": "none", "pools": "1", "frame-threads": "1", **parameters}
    return {**X264, "x265-params": ":".join(f"{key.replace('_', '-')}={value}" for key, value in chosen.items())}


HDR10 = {"colorspace": 9, "color_primaries": 9, "color_trc": 16, "color_range": 1}
MASTER_DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
VP9 = {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0"}
AV1 = {"preset": "12", "crf": "40", "svtav1-params": "lp=1"}
BFRAMES = _x264(bframes=3, b_adapt=0, keyint=48, b_pyramid="normal", ref=3)
NTSC_VIDEO = Video(rate=NTSC, time_base=Fraction(1, 30000), options=_x264(keyint=48))
STEREO = (audio(),)


def _edit_list(path: Path, frames: int) -> None:
    video = Video(options=BFRAMES, ticks=lambda number: (number - EDIT_LEAD) * 512)
    write_clip(path, video, frames + EDIT_LEAD, container_options={"movie_timescale": "12800"})


_CLIPS = (
    _simple("cfr", ".mp4", NTSC_VIDEO, tracks=STEREO),
    _simple(
        "vfr",
        ".mp4",
        Video(time_base=Fraction(1, 90000), ticks=_vfr_ticks, options=BFRAMES),
        tracks=STEREO,
        container_options={"movie_timescale": "720000"},
    ),
    _simple("bframes", ".mp4", Video(options=BFRAMES)),
    _simple("open_gop", ".mp4", Video(options=_x264(open_gop=1, keyint=30, bframes=3, b_adapt=0, scenecut=0))),
    _simple("one_keyframe", ".mp4", Video(options=_x264(keyint="infinite", scenecut=0))),
    _simple("hevc_10bit", ".mp4", Video("libx265", _x265(keyint=30, bframes=3), "yuv420p10le", codec_tag="hvc1")),
    _simple("vp9_webm", ".webm", Video("libvpx-vp9", {**VP9, "g": "60"}), tracks=(audio("libopus"),)),
    _simple("av1_webm", ".webm", Video("libsvtav1", {**AV1, "g": "60"}), tracks=(audio("libopus"),)),
    _simple("mpeg4", ".mp4", Video("mpeg4", {"qscale": "4", "g": "25", "bf": "2"})),
    _simple("rotated_90", ".mp4", Video(rotation=-90, options=_x264(keyint=48))),
    _simple("odd_853x479", ".webm", Video("libvpx-vp9", VP9, width=853, height=479), frames=130),
    _simple("odd_853x479_h264", ".mp4", Video(pixel_format="yuv444p", width=853, height=479), frames=130),
    _simple("sar_4_3", ".mp4", Video(attributes={"sample_aspect_ratio": Fraction(4, 3)})),
    _simple("one_frame", ".mp4", NTSC_VIDEO, frames=1),
    _simple("two_frames", ".mp4", NTSC_VIDEO, frames=2),
    _simple("sixty_five_frames", ".mp4", NTSC_VIDEO, frames=65),
    _simple(
        "two_audio_one_subtitle",
        ".mkv",
        Video(time_base=Fraction(1, 1000), options=BFRAMES),
        tracks=(audio(title="Main"), audio("libopus", language="fra", hertz=660), subtitles("subrip")),
    ),
    _simple(
        "two_audio_one_subtitle_mp4",
        ".mp4",
        Video(options=BFRAMES),
        tracks=(audio(), audio(language="fra", hertz=660), subtitles("mov_text")),
    ),
    _simple(
        "first_pts_not_0",
        ".mp4",
        Video(rate=NTSC, time_base=Fraction(1, 30000), ticks=lambda number: (number + 7) * 1001),
        container_options={"movie_timescale": "30000"},
    ),
    ClipSpec("edit_list", ".mp4", _edit_list, 141),
    _simple("mov_timescale_600", ".mov", Video(rate=Fraction(24), time_base=Fraction(1, 600), options=BFRAMES)),
    _simple("chapters", ".mkv", Video(time_base=Fraction(1, 1000)), chapters=True, tracks=STEREO),
    _simple("full_range", ".mp4", Video(attributes={"color_range": 2})),
    _simple(
        "hdr10_static",
        ".mp4",
        Video(
            "libx265",
            _x265(keyint=48, hdr10=1, repeat_headers=1, master_display=MASTER_DISPLAY, max_cll="1000,400"),
            "yuv420p10le",
            attributes=HDR10,
            codec_tag="hvc1",
        ),
    ),
)

_BESIDE = (
    _simple("cover_art", ".mp4", Video(), frames=70, tracks=(cover,)),
    _simple("timecode", ".mov", Video(), frames=70, metadata={"timecode": "01:00:00:00"}),
    _simple("pcm_mov", ".mov", Video(), frames=70, tracks=(audio("pcm_s16le"),)),
    _simple("pcm_mkv", ".mkv", Video(time_base=Fraction(1, 1000)), frames=70, tracks=(audio("pcm_s16le"),)),
    _simple("chapters_mp4", ".mp4", Video(), frames=70, chapters=True),
    _simple("yuv422p10", ".mp4", Video(pixel_format="yuv422p10le"), frames=70),
    _simple("yuv444p", ".mkv", Video(pixel_format="yuv444p", time_base=Fraction(1, 1000)), frames=70),
    _simple("gray", ".mp4", Video("libx265", _x265(), "gray"), frames=70),
    _simple("gbrp", ".mp4", Video("libx265", _x265(), "gbrp"), frames=70),
    _simple("silent_start", ".mkv", Video(time_base=Fraction(1, 1000), ticks=lambda n: 1000 + n * 40), tracks=STEREO),
    _simple("fast_start", ".mp4", Video(), frames=70, container_options={"movflags": "faststart"}, tracks=STEREO),
    _simple("fragmented", ".mp4", Video(options=BFRAMES), container_options={"movflags": "frag_keyframe+empty_moov"}),
)

MATRIX: dict[str, ClipSpec] = {spec.name: spec for spec in _CLIPS}
"""Clips whose every frame, timestamp and other track has to come through."""

BESIDE: dict[str, ClipSpec] = {spec.name: spec for spec in _BESIDE}
"""Further things that containers hold: each is kept exactly, or reported with its reason."""


def clip(name: str, frames: int | None = None) -> Path:
    """The cached file of a clip of either registry."""
    return {**MATRIX, **BESIDE}[name].cached(frames)
