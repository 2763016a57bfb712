"""Videos as large as may be, made cheaply: real pictures, whose packets are filled up with what a decoder skips."""

from __future__ import annotations

from pathlib import Path

import av

from .clip_writer import Video, encode

GOP = 12
_FILLER_NAL = b"\x00\x00\x00\x01\x0c"
"""H.264, 7.4.1 and annex B: filler data (nal_unit_type 12), bytes of FF behind it and a stop bit."""


def write_large_video(path: Path, frames: int, packet_bytes: int) -> None:
    """An MP4 of `frames` frames with the face of the test clips; every packet has about `packet_bytes`.

    One group of pictures is encoded, and repeated as often as it takes.
    """
    video = Video(options={"preset": "ultrafast", "x264-params": f"keyint={GOP}:scenecut=0"})
    options = {"video_track_timescale": str(video.time_base.denominator)}
    with av.open(str(path), "w", container_options=options) as output:
        group = encode(output, video, range(GOP))
        coded = [_filled(bytes(packet), packet_bytes) for packet in group]
        stream = output.streams.video[0]
        for number in range(frames):
            packet = av.Packet(coded[number % GOP])
            packet.stream, packet.time_base = stream, video.time_base
            packet.pts = packet.dts = video.pts(number)
            packet.duration = video.pts(number + 1) - video.pts(number)
            packet.is_keyframe = number % GOP == 0
            output.mux(packet)


def _filled(payload: bytes, size: int) -> bytes:
    return payload + _FILLER_NAL + b"\xff" * (size - len(payload) - len(_FILLER_NAL) - 1) + b"\x80"
