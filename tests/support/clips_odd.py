"""Videos that are fine and yet not what they seem: streams that were cut, or that carry pictures nobody sees."""

from __future__ import annotations

from pathlib import Path

import av

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
