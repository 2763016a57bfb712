"""Clips with something beside their picture that few have."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from .clip_boxes import box
from .clip_writer import Packets, Video, encode, write_clip
from .clips import clip


def second_video(output: av.container.OutputContainer, seconds: float) -> Packets:
    return encode(output, Video(width=64, height=64, rate=Fraction(30)), range(12))


def second_video_in_pairs(output: av.container.OutputContainer, seconds: float) -> Packets:
    """The same in Matroska, in which each two pictures have one time."""
    packets = second_video(output, seconds)
    for first, second in zip(packets[::2], packets[1::2], strict=True):
        second.pts = second.dts = first.pts = first.dts
    return packets


def attached(folder: Path, name: str, mimetype: str, data: bytes) -> Path:
    """A Matroska clip with an attached file, and a tag that MP4 has no place for."""
    path = folder / "attached.mkv"
    with av.open(str(clip("yuv444p", 5))) as source, av.open(str(path), "w") as output:
        output.metadata["reel"] = "A7"
        copy = output.add_stream_from_template(source.streams.video[0], opaque=True)
        output.add_attachment(name, mimetype, data)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                output.mux(packet)
    return path


def with_makers_boxes(folder: Path) -> Path:
    """An MP4 with data of a camera's maker in the movie, and XMP behind it."""
    path = folder / "source.mp4"
    write_clip(path, Video(), 5)
    data = bytearray(path.read_bytes())
    added = box(b"udta", box(b"GPMF", b"sensors") + box(b"\xa9fmt", b"digital") + bytes(4))
    start = data.rindex(b"moov") - 4
    data[start : start + 4] = (len(data) - start + len(added)).to_bytes(4, "big")
    path.write_bytes(data + added + box(b"uuid", bytes(16) + b"<x:xmpmeta/>"))
    return path
