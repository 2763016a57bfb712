"""Chooses a video's encoder with all its options, once, from what Probe found and the specification asks for. Pure.

No machine is asked anything: what is chosen is frozen in the plan, and a worker that lacks it hands the work back.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hybridface_worker.contract.media import StaticHdr, VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

from .encoder_table import BREAKS_CHUNKS, BY_CODEC, ENCODERS, Encoder, Quality

_QUICKTIME = frozenset({Container.MP4, Container.MOV})
_HEVC_TAGS = frozenset({"hvc1", "hev1"})
_LAMBDA_PER_SCALE = 118
"""FFmpeg's FF_QP2LAMBDA: `global_quality` counts in it."""
_RATE_CONTROL = frozenset({"crf", "qp", "qmin", "qmax", "qscale"})


class _NotPossible(Exception):
    """Why the encoding cannot be."""


def choose_encoding(
    info: VideoInfo, container: str, encoder: str, quality: Quality, options: Mapping[str, str]
) -> VideoEncoding | Finding:
    """The encoding of one video, or ENCODER_NOT_POSSIBLE with the reason and what to choose instead.

    Args:
        info: what Probe found.
        container: `same`, or a container's name.
        encoder: `auto` for the source's codec, or an encoder's name.
        quality: what the user asks of the picture; lossless means that decoded samples equal the encoded ones.
        options: the user's own, which come before the quality's.
    """
    try:
        return _choose(info, container, encoder, quality, options)
    except _NotPossible as why:
        return Finding(reason=Reason.ENCODER_NOT_POSSIBLE, message=str(why))


def _choose(
    info: VideoInfo, container: str, encoder: str, quality: Quality, options: Mapping[str, str]
) -> VideoEncoding:
    chosen = _encoder(info, encoder)
    into = info.container if container == "same" else Container(container)
    pixel_format = _plain(info.pixel_format)
    _check(chosen, info, into, pixel_format)
    if quality not in chosen.quality or (quality == "lossless" and pixel_format in chosen.inexact):
        raise _NotPossible(
            f"{chosen.name} has no lossless mode for {pixel_format}; choose another quality, or encoder libx265 or ffv1"
        )
    _check_options(chosen, quality, options)
    return VideoEncoding(
        container=into,
        encoder=chosen.name,
        options=_options(chosen, quality, options, info.hdr),
        pixel_format=pixel_format,
        threads=_threads(info.width * info.height),
        rate=_nominal(info.average_rate),
        codec_tag=_codec_tag(chosen, info, into),
    )


def _encoder(info: VideoInfo, name: str) -> Encoder:
    if name == "auto":
        if info.codec not in BY_CODEC:
            raise _NotPossible(f"there is no encoder for {info.codec}; name one in spec.output.video.encoder")
        name = BY_CODEC[info.codec]
    if name not in ENCODERS:
        raise _NotPossible(f"there is no encoder {name!r}; there are auto, {', '.join(ENCODERS)}")
    return ENCODERS[name]


def _check(encoder: Encoder, info: VideoInfo, container: Container, pixel_format: str) -> None:
    if container not in encoder.containers:
        held = ", ".join(sorted(encoder.containers))
        raise _NotPossible(
            f"{container} cannot hold {encoder.codec}, which {encoder.name} makes; "
            f"choose container {held}, or another encoder"
        )
    if pixel_format not in encoder.pixel_formats:
        others = [each.name for each in ENCODERS.values() if pixel_format in each.pixel_formats]
        advice = f"choose encoder {' or '.join(others)}" if others else "convert the video first"
        raise _NotPossible(f"{encoder.name} does not take {pixel_format}, and samples are never converted; {advice}")
    across, down = _subsampling(pixel_format)
    if encoder.even_chroma and (info.width % across or info.height % down):
        raise _NotPossible(
            f"{encoder.name} does not take {info.width}x{info.height} in {pixel_format}, which needs a width divisible "
            f"by {across} and a height divisible by {down}; choose encoder libvpx-vp9, libsvtav1 or ffv1"
        )
    if encoder.largest_side is not None and max(info.width, info.height) > encoder.largest_side:
        raise _NotPossible(
            f"{encoder.name} takes no side above {encoder.largest_side}, and the video is {info.width}x{info.height}; "
            f"choose encoder {BY_CODEC[encoder.codec]}"
        )
    if info.hdr is not None and not encoder.static_hdr:
        raise _NotPossible(
            f"{encoder.name} cannot carry the video's HDR10 metadata; choose libx265, libx264 or libsvtav1"
        )


def _check_options(encoder: Encoder, quality: Quality, options: Mapping[str, str]) -> None:
    parameters = _split(options.get(encoder.parameters or "", ""))
    for name in {**options, **parameters}:
        if name in BREAKS_CHUNKS:
            raise _NotPossible(f"option {name!r} is not allowed: {BREAKS_CHUNKS[name]}")
        if quality == "lossless" and name in _RATE_CONTROL:
            raise _NotPossible(f"option {name!r} is not allowed with quality lossless: it would not be lossless")
    for name in options:
        if name not in encoder.allowed and name != encoder.parameters:
            known = sorted([*encoder.allowed, *([encoder.parameters] if encoder.parameters else [])])
            raise _NotPossible(f"{encoder.name} has no option {name!r} here; there are {', '.join(known)}")


def _options(encoder: Encoder, quality: Quality, own: Mapping[str, str], hdr: StaticHdr | None) -> dict[str, str]:
    of_quality = dict(encoder.quality[quality])
    if not _RATE_CONTROL.isdisjoint(own):
        of_quality = {name: value for name, value in of_quality.items() if name not in _RATE_CONTROL}
    options = {**encoder.always, **of_quality, **own}
    if encoder.parameters:
        parameters: dict[str, str] = {}
        for layer in (encoder.always, of_quality, _hdr_parameters(encoder, hdr), own):
            parameters |= _split(layer.get(encoder.parameters, ""))
        _set_lookahead(encoder, options, parameters)
        options[encoder.parameters] = ":".join(f"{name}={value}" for name, value in parameters.items())
    if "crf" in own and encoder.name == "libvpx-vp9":
        options = {"b": "0", "qmin": own["crf"], "qmax": own["crf"], **options}
    if "qscale" in options:
        scale = round(float(options.pop("qscale")) * _LAMBDA_PER_SCALE)
        options |= {"flags": "+qscale", "global_quality": str(scale)}
    return {name: value for name, value in sorted(options.items()) if value}


def _set_lookahead(encoder: Encoder, options: dict[str, str], parameters: dict[str, str]) -> None:
    """States the depth of the lookahead: whoever cuts chunks has to know it. x265 takes it among its parameters."""
    if not encoder.lookahead:
        return
    place = parameters if encoder.name == "libx265" else options
    depth = str(encoder.lookahead.get(options["preset"], 0))
    own = [where.pop("rc-lookahead") for where in (options, parameters) if "rc-lookahead" in where]
    place["rc-lookahead"] = own[-1] if own else depth


def _hdr_parameters(encoder: Encoder, hdr: StaticHdr | None) -> dict[str, str]:
    """HDR10's static metadata (SMPTE ST 2086, CTA-861.3) in each encoder's words."""
    if hdr is None or encoder.parameters is None:
        return {}
    light = f"{hdr.max_cll},{hdr.max_fall or 0}" if hdr.max_cll is not None else None
    words = {
        "libx264": {"mastering-display": hdr.master_display, "cll": light},
        "libx265": {"master-display": hdr.master_display, "max-cll": light, "hdr10": "1"},
        "libsvtav1": {"mastering-display": _svt_display(hdr.master_display), "content-light": light},
    }[encoder.name]
    return {encoder.parameters: ":".join(f"{name}={value}" for name, value in words.items() if value)}


def _svt_display(master_display: str | None) -> str | None:
    """SVT-AV1 takes the same string with real numbers."""
    if master_display is None:
        return None
    parts = []
    for part in master_display.rstrip(")").split(")"):
        name, _, values = part.partition("(")
        unit = 10_000 if name == "L" else 50_000
        parts.append(f"{name}({','.join(f'{int(value) / unit:.5g}' for value in values.split(','))})")
    return "".join(parts)


def _split(parameters: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in parameters.split(":") if part)
    return {name: value if given else "1" for name, given, value in pairs}


def _plain(pixel_format: str) -> str:
    """`yuvj420p` is `yuv420p` whose range is said elsewhere; `nv12` is `yuv420p` in another arrangement."""
    return {"nv12": "yuv420p"}.get(pixel_format, pixel_format.replace("yuvj", "yuv"))


def _subsampling(pixel_format: str) -> tuple[int, int]:
    kinds = {"420": (2, 2), "422": (2, 1), "440": (1, 2)}
    return next((step for kind, step in kinds.items() if kind in pixel_format), (1, 1))


def _threads(pixels: int) -> int:
    """By the picture's size, never by the machine: x264's output depends on the number."""
    return 2 if pixels <= 1280 * 720 else 4 if pixels <= 1920 * 1088 else 8


def _nominal(rate: Fraction) -> Fraction:
    """The rate that rate control is told, within what encoders take: MPEG-4 has 16 bits for it, SVT-AV1 ends at 240."""
    bounded = min(max(rate, Fraction(1)), Fraction(240))
    return bounded if bounded.numerator <= 60_000 else Fraction(round(bounded * 250), 250)


def _codec_tag(encoder: Encoder, info: VideoInfo, container: Container) -> str | None:
    """HEVC in MP4 has two names; headers outside the packets, as ours are, are what `hvc1` says."""
    if encoder.codec != "hevc" or container not in _QUICKTIME:
        return None
    return info.codec_tag if info.codec_tag in _HEVC_TAGS else "hvc1"
