"""Writes a test clip with PyAV: one video track of `picture`, and whatever else a container may hold beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.video.stream import VideoStream

from hybridface_worker.media.scheduling import be_ordinary

from .clip_picture import picture

AAC_FRAME = 1024


@dataclass(frozen=True)
class Video:
    """How the video track is coded. `ticks` maps a frame's number to its pts, `durations` to its duration."""

    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast"})
    pixel_format: str = "yuv420p"
    width: int = 320
    height: int = 240
    rate: Fraction = Fraction(25)
    time_base: Fraction = Fraction(1, 12800)
    ticks: Callable[[int], int] | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    """Set on the codec context before it opens."""
    rotation: int = 0
    """Degrees counter-clockwise, as PyAV takes them: -90 is shown turned to the right, and so is stored to the left."""
    flipped: bool = False
    """Shown with its rows in reverse order, and so stored upside down."""
    codec_tag: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    def pts(self, number: int) -> int:
        """The presentation time of a frame, in `time_base`."""
        if self.ticks is not None:
            return self.ticks(number)
        ticks = number / self.rate / self.time_base
        return round(ticks)


Packets: TypeAlias = "list[av.Packet[Any]]"
AddTrack: TypeAlias = "Callable[[av.container.OutputContainer, float], Packets]"
"""Adds a track of so many seconds to a container whose header is not written yet, and returns its packets."""


def write_clip(
    path: Path,
    video: Video,
    frames: int,
    *,
    tracks: Sequence[AddTrack] = (),
    container_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    chapters: bool = False,
    edit: Callable[[Packets], Packets] | None = None,
) -> None:
    """Writes `frames` frames to `path`; the suffix names the container. `edit` may change the video's packets."""
    options = {"mp4": {"video_track_timescale": str(video.time_base.denominator)}}
    options["mov"] = options["mp4"]
    seconds = float((video.pts(frames) - video.pts(0)) * video.time_base)
    chosen = {**options.get(path.suffix[1:], {}), **(container_options or {})}
    with av.open(str(path), "w", container_options=chosen) as output:
        output.metadata.update(metadata or {})
        if chapters:
            output.set_chapters(_chapters(seconds))
        packets = encode(output, video, range(frames))
        packets = edit(packets) if edit else packets
        for track in tracks:
            packets += track(output, seconds)
        if not packets:
            output.start_encoding()
        for packet in sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
            output.mux(packet)


def encode(output: av.container.OutputContainer, video: Video, numbers: Iterable[int]) -> Packets:
    """Adds the video track and returns its packets."""
    stream = cast("VideoStream", output.add_stream(video.codec, rate=video.rate, options=dict(video.options)))
    stream.width, stream.height, stream.pix_fmt = video.width, video.height, video.pixel_format
    stream.codec_context.time_base = video.time_base
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= Flags.frame_duration
    for name, value in video.attributes.items():
        setattr(stream.codec_context, name, value)
    if video.codec_tag:
        stream.codec_context.codec_tag = video.codec_tag
    if video.rotation:
        stream.set_display_rotation(video.rotation)
    if video.flipped:
        stream.set_display_rotation(0, vflip=True)
    stream.time_base = video.time_base
    stream.metadata.update(video.metadata)
    packets: Packets = []
    stream.codec_context.open()
    be_ordinary()
    for number in numbers:
        packets += stream.encode(_frame(video, number))
    packets += stream.encode(None)
    return packets


def _frame(video: Video, number: int) -> av.VideoFrame:
    rgb = av.VideoFrame.from_ndarray(_upright(video, number), format="rgb24")
    full = video.attributes.get("color_range") == 2
    frame = rgb.reformat(video.width, video.height, video.pixel_format, dst_color_range="JPEG" if full else "MPEG")
    frame.pts, frame.time_base = video.pts(number), video.time_base
    frame.duration = video.pts(number + 1) - video.pts(number)
    for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
        if name in video.attributes:
            setattr(frame, name, video.attributes[name])
    return frame


def _upright(video: Video, number: int) -> npt.NDArray[np.uint8]:
    """The picture as it has to be stored, to be upright and undistorted when it is shown."""
    wide = round(video.width * video.attributes.get("sample_aspect_ratio", 1))
    if video.rotation == -90:
        return np.ascontiguousarray(np.rot90(picture(number, video.height, wide)))
    shown = picture(number, wide, video.height)
    return np.ascontiguousarray(shown[::-1]) if video.flipped else shown


def audio(codec: str = "aac", *, language: str = "eng", hertz: float = 440, title: str = "") -> AddTrack:
    """A tone in 48 kHz stereo."""

    def add(output: av.container.OutputContainer, seconds: float) -> Packets:
        stream = cast("AudioStream", output.add_stream(codec, rate=48000, layout="stereo"))
        stream.metadata.update({"language": language, **({"title": title} if title else {})})
        planar = stream.codec_context.format.name
        packets: Packets = []
        for start in range(0, max(round(seconds * 48000), 1), AAC_FRAME):
            wave = np.sin((start + np.arange(AAC_FRAME)) * 2 * np.pi * hertz / 48000)
            samples = np.repeat((wave * 8000).astype(np.int16), 2)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
            for piece in av.AudioResampler(planar, "stereo", 48000, AAC_FRAME if codec == "aac" else 0).resample(frame):
                packets += stream.encode(piece)
        return packets + stream.encode(None)

    return add


def subtitles(codec: str, *, language: str = "deu") -> AddTrack:
    """A line of text in each second: `subrip` for Matroska, `mov_text` for MP4 and MOV, `webvtt` for WebM."""

    def add(output: av.container.OutputContainer, seconds: float) -> Packets:
        stream = output.add_mux_stream(codec, time_base=Fraction(1, 1000))
        stream.metadata["language"] = language
        packets: Packets = []
        for second in range(max(int(seconds), 1)):
            text = f"Zeile {second}".encode()
            payload = len(text).to_bytes(2, "big") + text if codec == "mov_text" else text
            packet = av.Packet(payload)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = second * 1000
            packet.duration = 800
            packets.append(packet)
        return packets

    return add


def data_track(output: av.container.OutputContainer, seconds: float) -> Packets:
    """Bytes of which MP4 alone knows that a camera's sensors wrote them (`gpmd`)."""
    stream = output.add_data_stream("bin_data")
    packet: av.Packet[Any] = av.Packet(bytes(range(40)))
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts, packet.dts, packet.duration = 0, 0, 400
    return [packet]


def cover(output: av.container.OutputContainer, seconds: float) -> Packets:
    """A still picture that players show for the file: an attached picture, no video."""
    stream = output.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
    stream.disposition = av.stream.Disposition.attached_pic
    frame = av.VideoFrame.from_ndarray(picture(0, 64, 64), format="rgb24").reformat(format="yuvj420p")
    frame.pts, frame.time_base = 0, Fraction(1)
    return list(stream.encode(frame)) + list(stream.encode(None))


def _chapters(seconds: float) -> list[Any]:
    half = round(seconds * 500)
    base = Fraction(1, 1000)
    return [
        {"id": 1, "start": 0, "end": half, "time_base": base, "metadata": {"title": "First"}},
        {"id": 2, "start": half, "end": half * 2, "time_base": base, "metadata": {"title": "Second"}},
    ]
