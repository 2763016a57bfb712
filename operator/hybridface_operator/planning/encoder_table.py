"""What is known of each encoder: where its video may go, which samples it takes, and what each quality means to it.

Facts only, no decisions. Figures of quality are ours; the rest is FFmpeg's and was tried with the build that we ship.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hybridface_worker.contract.plan import is_of_gpu
from hybridface_worker.contract.spec import Container

Quality: TypeAlias = Literal["visually-lossless", "high", "medium", "lossless"]
Options: TypeAlias = Mapping[str, str]

_MP4, _MOV, _MKV, _WEBM = Container.MP4, Container.MOV, Container.MKV, Container.WEBM
_8_BIT = frozenset({"yuv420p", "yuv422p", "yuv444p"})
_10_BIT = frozenset({"yuv420p10le", "yuv422p10le", "yuv444p10le"})
_12_BIT = frozenset({"yuv420p12le", "yuv422p12le", "yuv444p12le"})
_GRAY = frozenset({"gray", "gray10le", "gray12le"})
_GBR = frozenset({"gbrp", "gbrp10le", "gbrp12le"})


@dataclass(frozen=True)
class Encoder:
    """One encoder."""

    name: str
    codec: str
    containers: frozenset[Container]
    pixel_formats: frozenset[str]
    quality: Mapping[Quality, Options]
    """The options of each quality that it has."""
    always: Options = field(default_factory=dict)
    """Options that the protocol of chunks needs, or that make it quick."""
    lookahead: Mapping[str, int] = field(default_factory=dict)
    """Depth of the lookahead by preset, as the encoder's own documentation has it."""
    parameters: str | None = None
    """The option that holds the encoder's own parameters, `a=1:b=2`."""
    allowed: frozenset[str] = frozenset()
    """Options that a user may set."""
    even_chroma: bool = False
    """Whether width and height have to be multiples of the chroma subsampling."""
    static_hdr: bool = False
    inexact: frozenset[str] = frozenset()
    """Pixel formats for which the lossless mode was found not to be."""
    largest_side: int | None = None
    """In pixels, where there is a bound below that of videos."""


_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)
_X264_LOOKAHEAD = dict(zip(_PRESETS, (0, 0, 10, 20, 30, 40, 50, 60, 60, 60), strict=True))
_X265_LOOKAHEAD = dict(zip(_PRESETS, (5, 10, 15, 15, 15, 20, 25, 40, 40, 60), strict=True))
_GOP = frozenset({"g", "bf", "keyint_min", "sc_threshold"})


def _vp9_quality(quantizer: int) -> Options:
    """One quantizer for all frames: libvpx would otherwise code each chunk's first frame up to 5 dB better."""
    return {"crf": str(quantizer), "qmin": str(quantizer), "qmax": str(quantizer), "b": "0"}


def _mpeg4_quality(scale: int) -> Options:
    return {"qscale": str(scale)}


def _nvenc(codec: str, largest_side: int, quantizers: tuple[int, int, int], *, is_lossless: bool = True) -> Encoder:
    """An encoder of NVIDIA GPUs, which is never chosen by itself: few nodes have one, and x264 makes smaller files.

    One quantizer for all frames: rate control would start anew at every chunk. FFmpeg would otherwise take a finer one
    for the first frame of each chunk, 0.8 times `qp`, and 1.25 times it and more for B-frames: factors of 0 switch that
    off (nvenc.c, `set_constqp`). Sizes and modes are those of NVIDIA, "NVENC Application Note", Video Codec SDK 13.0;
    names of options were tried with the build that we ship, what they do was not: that takes such a GPU.
    """
    named: tuple[Quality, ...] = ("visually-lossless", "high", "medium")
    quality: dict[Quality, Options] = {
        name: {"preset": "p5", "tune": "hq", "qp": str(quantizer)}
        for name, quantizer in zip(named, quantizers, strict=True)
    }
    if is_lossless:
        quality["lossless"] = {"preset": "p4", "tune": "lossless", "qp": "0"}
    return Encoder(
        name=f"{codec}_nvenc",
        codec=codec,
        containers=frozenset({_MP4, _MKV, _WEBM} if codec == "av1" else {_MP4, _MOV, _MKV}),
        pixel_formats=frozenset({"yuv420p"} if codec == "av1" else {"yuv420p", "yuv444p"}),
        quality=quality,
        always={"rc": "constqp", "i_qfactor": "0", "b_qfactor": "0", "forced-idr": "1", "a53cc": "0"},
        allowed=frozenset({"preset", "profile", "level", "qp", "spatial-aq", "aq-strength", "b_ref_mode", "g", "bf"}),
        even_chroma=True,
        largest_side=largest_side,
    )


ENCODERS: Mapping[str, Encoder] = {
    encoder.name: encoder
    for encoder in (
        Encoder(
            name="libx264",
            codec="h264",
            containers=frozenset({_MP4, _MOV, _MKV}),
            pixel_formats=_8_BIT | _10_BIT,
            quality={
                "visually-lossless": {"preset": "fast", "crf": "14"},
                "high": {"preset": "veryfast", "crf": "18"},
                "medium": {"preset": "veryfast", "crf": "23"},
                "lossless": {"preset": "veryfast", "qp": "0"},
            },
            always={"forced-idr": "1"},
            lookahead=_X264_LOOKAHEAD,
            parameters="x264-params",
            allowed=_GOP
            | {"preset", "tune", "profile", "level", "crf", "qp", "aq-mode", "aq-strength", "psy", "psy-rd", "mbtree"}
            | {"rc-lookahead", "weightb", "weightp", "deblock", "partitions", "direct-pred", "coder", "b-pyramid"}
            | {"mixed-refs", "8x8dct", "fast-pskip", "refs", "subq", "trellis", "me_range", "motion-est"},
            even_chroma=True,
            static_hdr=True,
        ),
        Encoder(
            name="libx265",
            codec="hevc",
            containers=frozenset({_MP4, _MOV, _MKV}),
            pixel_formats=_8_BIT | _10_BIT | _12_BIT | _GRAY | _GBR,
            quality={
                "visually-lossless": {"preset": "fast", "crf": "16"},
                "high": {"preset": "veryfast", "crf": "20"},
                "medium": {"preset": "veryfast", "crf": "25"},
                "lossless": {"preset": "ultrafast", "x265-params": "lossless=1"},
            },
            always={"forced-idr": "1", "a53cc": "1", "x265-params": "open-gop=0:log-level=none"},
            lookahead=_X265_LOOKAHEAD,
            parameters="x265-params",
            allowed=_GOP | {"preset", "tune", "profile", "crf", "qp", "refs", "rc-lookahead"},
            even_chroma=True,
            static_hdr=True,
        ),
        Encoder(
            name="libvpx-vp9",
            codec="vp9",
            containers=frozenset({_MP4, _MKV, _WEBM}),
            pixel_formats=frozenset({"yuv420p", "yuv422p", "yuv440p", "yuv444p", "gbrp"}),
            quality={
                "visually-lossless": _vp9_quality(10),
                "high": _vp9_quality(18),
                "medium": _vp9_quality(28),
                "lossless": {"lossless": "1"},
            },
            always={"deadline": "good", "cpu-used": "5", "row-mt": "1", "tile-columns": "2"},
            allowed=frozenset({"deadline", "cpu-used", "crf", "qmin", "qmax", "aq-mode", "tile-columns", "tile-rows"})
            | {"row-mt", "lag-in-frames", "auto-alt-ref", "sharpness", "static-thresh", "tune-content", "g"},
        ),
        Encoder(
            name="libsvtav1",
            codec="av1",
            containers=frozenset({_MP4, _MKV, _WEBM}),
            pixel_formats=frozenset({"yuv420p", "yuv420p10le"}),
            quality={
                "visually-lossless": {"preset": "8", "crf": "14"},
                "high": {"preset": "8", "crf": "22"},
                "medium": {"preset": "9", "crf": "32"},
                "lossless": {"preset": "10", "svtav1-params": "lossless=1"},
            },
            parameters="svtav1-params",
            allowed=frozenset({"preset", "crf", "g"}),
            static_hdr=True,
            inexact=frozenset({"yuv420p10le"}),
        ),
        Encoder(
            name="mpeg4",
            codec="mpeg4",
            containers=frozenset({_MP4, _MOV, _MKV}),
            pixel_formats=frozenset({"yuv420p"}),
            quality={
                "visually-lossless": _mpeg4_quality(1),
                "high": _mpeg4_quality(2),
                "medium": _mpeg4_quality(4),
            },
            allowed=frozenset({"qscale", "g", "bf", "mbd", "trellis"}),
        ),
        Encoder(
            name="ffv1",
            codec="ffv1",
            containers=frozenset({_MKV}),
            pixel_formats=_8_BIT | _10_BIT | _12_BIT | _GRAY | _GBR - {"gbrp"} | {"yuv440p"},
            quality={
                quality: {"level": "3", "g": "1", "slicecrc": "1"}
                for quality in ("visually-lossless", "high", "medium", "lossless")
            },
            allowed=frozenset({"coder", "context"}),
        ),
        _nvenc("h264", 4096, (16, 20, 26)),
        _nvenc("hevc", 8192, (17, 22, 28)),
        _nvenc("av1", 8192, (60, 85, 120), is_lossless=False),
    )
}
"""Every encoder that a plan may name."""

BY_CODEC: Mapping[str, str] = {
    encoder.codec: encoder.name for encoder in ENCODERS.values() if not is_of_gpu(encoder.name)
}
"""What `auto` stands for."""

BREAKS_CHUNKS: Mapping[str, str] = {
    **dict.fromkeys(
        ("b", "bitrate", "maxrate", "minrate", "bufsize", "vbv-maxrate", "vbv-bufsize", "vbv-init", "nal-hrd", "hrd"),
        "rate control by bits keeps a buffer, which would start anew at every chunk; set crf or quality",
    ),
    **dict.fromkeys(
        ("pass", "passlogfile", "stats", "x265-stats"),
        "statistics of a first pass over the whole video do not exist; set crf or quality",
    ),
    **dict.fromkeys(
        ("threads", "thread_type", "sliced-threads", "lookahead-threads", "sync-lookahead", "frame-threads"),
        "threads are the plan's: the encoder's output depends on their number",
    ),
    **dict.fromkeys(("pools", "lp", "pin", "numa-pools"), "how many processors a pod has is not the plan's to say"),
    **dict.fromkeys(
        ("open-gop", "intra-refresh", "forced-idr", "repeat-headers", "annexb", "enable-stat-report"),
        "every chunk has to begin with a key frame and to share its headers with the others",
    ),
    **dict.fromkeys(
        ("flags", "flags2", "x264opts", "udu_sei", "a53cc", "bluray-compat", "avcintra-class", "dolbyvision"),
        "what it switches is chosen by the plan",
    ),
    **dict.fromkeys(
        ("interlaced", "tff", "bff", "fps", "tcfile-in", "tcfile-out", "force-cfr", "timebase", "pulldown"),
        "times are the source's",
    ),
    **dict.fromkeys(
        (
            *("sar", "range", "colorprim", "transfer", "colormatrix", "videoformat", "overscan", "fullrange"),
            *("master-display", "mastering-display", "max-cll", "cll", "content-light", "hdr10", "hdr10-opt"),
            *("color-primaries", "transfer-characteristics", "matrix-coefficients", "color-range"),
        ),
        "the picture's description is the source's",
    ),
    "lossless": "set quality: lossless",
}
"""Options and parameters of any encoder that are refused, each with the reason."""
