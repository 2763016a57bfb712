"""Files that have to be refused, or whose damage has to be named: each with the reason that it must get."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from hybridface_worker.contract.reasons import Reason

from .clip_sei import with_hdr10_plus
from .clip_writer import Packets, Video, audio, encode, write_clip
from .clips import BFRAMES, X264, ClipSpec, clip


@dataclass(frozen=True)
class BadSpec(ClipSpec):
    """A file that is refused with `reason`."""

    reason: Reason = Reason.NOT_MEDIA


def _bad(name: str, suffix: str, reason: Reason, build: Callable[[Path], object]) -> BadSpec:
    def write(path: Path, _frames: int) -> None:
        build(path)

    return BadSpec(name, suffix, write, frames=0, reason=reason)


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _cut(name: str, share: float) -> Callable[[Path], object]:
    def build(path: Path) -> None:
        whole = clip(name).read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

    return build


def _video(video: Video, frames: int = 30, **more: Any) -> Callable[[Path], object]:
    return lambda path: write_clip(path, video, frames, **more)


def _audio_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        output.mux(audio()(output, 2))


def _no_samples(path: Path) -> None:
    with av.open(str(path), "w", container_options={"movflags": "empty_moov+frag_keyframe"}) as output:
        encode(output, Video(), ())
        output.start_encoding()


def _same_time_twice(packets: Packets) -> Packets:
    packets[5].pts = packets[4].pts
    packets[5].dts = packets[4].dts
    return packets


def _video_for_windows(path: Path) -> None:
    """MPEG-4 with B-frames as AVI files kept it, remuxed: Matroska then stores decoding times only."""
    plain = path.with_name("plain.mkv")
    video = Video("mpeg4", {"qscale": "4", "g": "25", "bf": "2"}, time_base=Fraction(1, 1000))
    write_clip(plain, video, 30)
    with av.open(str(plain)) as source, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0], opaque=True)
        header = struct.pack("<IiiHH4sIiiII", 40, video.width, video.height, 1, 24, b"XVID", 0, 0, 0, 0, 0)
        stream.codec_context.extradata = header + (source.streams.video[0].codec_context.extradata or b"")
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    plain.unlink()
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/ASP", b"V_MS/VFW/FOURCC"))


_TRANSPARENT = Video(
    "libvpx-vp9",
    {"deadline": "realtime", "cpu-used": "8"},
    "yuva420p",
    time_base=Fraction(1, 1000),
    metadata={"alpha_mode": "1"},
)
_HEVC10 = Video("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"}, "yuv420p10le")

_REFUSED = (
    _bad("empty", ".mp4", Reason.INPUT_EMPTY, _bytes(b"")),
    _bad("text", ".mp4", Reason.NOT_MEDIA, _bytes(b"These are minutes of a meeting.\n" * 40)),
    _bad("noise", ".mkv", Reason.NOT_MEDIA, _bytes(bytes(range(128, 256)) * 40)),
    _bad("zip", ".mov", Reason.NOT_MEDIA, _bytes(b"PK\x03\x04" + bytes(200))),
    _bad("hls", ".mp4", Reason.FORMAT_NOT_ALLOWED, _bytes(b"#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n")),
    _bad("concat", ".mp4", Reason.FORMAT_NOT_ALLOWED, _bytes(b"ffconcat version 1.0\nfile other.mp4\n")),
    _bad("dash", ".mp4", Reason.FORMAT_NOT_ALLOWED, _bytes(b'<?xml version="1.0"?>\n<MPD type="static"></MPD>')),
    _bad("avi", ".mp4", Reason.FORMAT_NOT_ALLOWED, _bytes(b"RIFF\x00\x10\x00\x00AVI LIST" + bytes(100))),
    _bad("gif", ".mp4", Reason.FORMAT_NOT_ALLOWED, _bytes(b"GIF89a" + bytes(100))),
    _bad("ts", ".mp4", Reason.FORMAT_NOT_ALLOWED, _bytes((b"\x47" + bytes(187)) * 4)),
    _bad("moov_missing", ".mp4", Reason.INPUT_TRUNCATED, _cut("cfr", 0.9)),
    _bad("cut_fast_start", ".mp4", Reason.INPUT_TRUNCATED, _cut("fast_start", 0.5)),
    _bad("cut_mkv", ".mkv", Reason.INPUT_TRUNCATED, _cut("two_audio_one_subtitle", 0.5)),
    _bad("cut_webm", ".webm", Reason.INPUT_TRUNCATED, _cut("vp9_webm", 0.5)),
    _bad("segment", ".mp4", Reason.INPUT_TRUNCATED, _bytes(b"\x00\x00\x00\x18stypmsdh" + bytes(100))),
    _bad("audio_only", ".mp4", Reason.NO_VIDEO_STREAM, _audio_only),
    _bad("no_samples", ".mp4", Reason.NO_FRAMES, _no_samples),
    _bad(
        "same_time_twice",
        ".mkv",
        Reason.BAD_TIMESTAMPS,
        _video(Video(time_base=Fraction(1, 1000)), edit=_same_time_twice),
    ),
    _bad("no_pts", ".mkv", Reason.BAD_TIMESTAMPS, _video_for_windows),
    _bad("prores", ".mov", Reason.CODEC_NOT_ALLOWED, _video(Video("prores_ks", {}, "yuv422p10le"), 5)),
    _bad("vp8", ".webm", Reason.CODEC_NOT_ALLOWED, _video(Video("libvpx", {"deadline": "realtime"}), 5)),
    _bad(
        "interlaced",
        ".mp4",
        Reason.INTERLACED,
        _video(Video(options={**X264, "x264-params": "tff=1"}, attributes={"flags": 1 << 18 | 1 << 29})),
    ),
    _bad("alpha", ".webm", Reason.ALPHA_NOT_SUPPORTED, _video(_TRANSPARENT)),
    _bad("hdr10_plus", ".mp4", Reason.DYNAMIC_HDR, _video(_HEVC10, edit=with_hdr10_plus)),
)

REFUSED: dict[str, BadSpec] = {spec.name: spec for spec in _REFUSED}
"""Files that are refused as a whole."""


@dataclass(frozen=True)
class Damage:
    """A clip with one broken packet. `frame` is the frame whose packet it is."""

    path: Path
    frame: int


def damaged(folder: Path, name: str = "bframes", *, frame: int, how: str) -> Damage:
    """A clip whose packet of a frame is broken: `flip` turns payload bits over, `zero` leaves nothing of it."""
    source = clip(name)
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as opened:
        packets = [packet for packet in opened.demux(opened.streams.video[0]) if packet.size]
    packet = sorted(packets, key=lambda packet: packet.pts or 0)[frame]
    position, size = data.index(bytes(packet), packet.pos or 0), packet.size
    if how == "zero":
        data[position : position + size] = bytes(size)
    else:
        for at in range(position + size // 3, position + size * 3 // 4):
            data[at] ^= 0x5A
    path = folder / f"{name}-{frame}-{how}{source.suffix}"
    path.write_bytes(data)
    return Damage(path, frame)


def all_broken(folder: Path) -> Path:
    """A clip whose packets are all zeros: the container is whole, and nothing decodes."""
    path = folder / "all-broken.mp4"
    write_clip(path, Video(options=BFRAMES), 20)
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as opened:
        for packet in opened.demux(opened.streams.video[0]):
            if packet.size and packet.pos is not None:
                data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    return path
