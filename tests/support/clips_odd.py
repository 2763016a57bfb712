"""Videos that are fine and yet not what they seem: streams that were cut, or that carry pictures nobody sees."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from .clip_writer import Packets, Video, encode
from .clips import clip


def cut_at_keyframe(folder: Path, name: str, keyframe: int) -> Path:
    """A stream copy from a keyframe on, as editors cut without encoding: an open GOP loses its references."""
    source = clip(name)
    path = folder / f"{name}-from-{keyframe}.mkv"
    with av.open(str(source)) as opened, av.open(str(path), "w") as output:
        stream = opened.streams.video[0]
        copy = output.add_stream_from_template(stream, opaque=True)
        seen = 0
        for packet in opened.demux(stream):
            seen += packet.is_keyframe
            if packet.size and seen > keyframe:
                packet.stream = copy
                output.mux(packet)
    return path


def cropped(folder: Path, name: str, left: int, right: int, top: int, bottom: int) -> Path:
    """The clip with a window in its headers, as encoders of sizes that are no multiple of 16 write it."""
    kind = {"libx264": "h264", "libx265": "hevc"}
    path = folder / f"{name}-cropped.mp4"
    with av.open(str(clip(name))) as opened, av.open(str(path), "w") as output:
        stream = opened.streams.video[0]
        codec = kind.get(stream.codec_context.name, stream.codec_context.name)
        copy = output.add_stream_from_template(stream, opaque=True)
        window = f"crop_left={left}:crop_right={right}:crop_top={top}:crop_bottom={bottom}"
        headers = BitStreamFilterContext(f"{codec}_metadata={window}", stream, copy)
        for packet in opened.demux(stream):
            for changed in headers.filter(packet if packet.size else None):
                changed.stream = copy
                output.mux(changed)
    return path


def joined(path: Path, *videos: Video, frames: int = 30) -> Path:
    """Videos of as many frames each behind one another in one track, each with headers of its own."""
    packets: Packets = []
    with av.open(str(path), "w") as output:
        for part, video in enumerate(videos):
            numbers = range(part * frames, (part + 1) * frames)
            if part == 0:
                packets += encode(output, video, numbers)
                continue
            with av.open(str(path.with_suffix(".part.mp4")), "w") as other:
                packets += [_copy(packet) for packet in encode(other, video, numbers)]
        for packet in packets:
            packet.stream = output.streams.video[0]
            output.mux(packet)
    return path


def with_headers(**attributes: Any) -> Video:
    """A video whose headers stand before each of its key frames, too."""
    options = {"preset": "ultrafast", "x264-params": "repeat-headers=1:bframes=0"}
    return Video(options=options, time_base=Fraction(1, 12800), attributes=attributes)


def _copy(packet: av.Packet[Any]) -> av.Packet[Any]:
    copy: av.Packet[Any] = av.Packet(bytes(packet))
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    return copy
