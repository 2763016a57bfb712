"""Joins the chunks of a video: their packets with the source's timestamps, muxed with every other track of the source.

Packets are streamed: one chunk is open at a time, and no list of packets is kept. Nothing is decoded or encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import av
from av.container import InputContainer
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

from . import aspect, carrier, mux, passing, tracks
from .index import FrameIndex
from .meter import CopiedTrack, Meter
from .open import QUICKTIME, as_probed, open_video
from .timeline import Timeline


@dataclass(frozen=True)
class MergeChunk:
    """A committed chunk: frames `[start, end)` of the video, and how to open its carrier."""

    start: int
    end: int
    frames: int
    extradata_sha256: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class MergeResult:
    """The tracks that were copied, and notes on what was lost or changed."""

    tracks: tuple[CopiedTrack, ...]
    notes: tuple[Finding, ...]


def merge_video(
    target: BinaryIO,
    info: VideoInfo,
    index: FrameIndex,
    encoding: VideoEncoding,
    chunks: Sequence[MergeChunk],
    out: Path,
    on_uncopyable: Literal["report", "fail"] = "report",
) -> MergeResult:
    """Writes the result to `out`, in the plan's container.

    Raises:
        InputRefused: VERIFY_FAILED, chunks that do not make up the video, or cannot be one track; TRACK_NOT_COPYABLE
            with `on_uncopyable="fail"`; INPUT_UNREADABLE, other tracks of the source that end in an error.
    """
    check_chunks(chunks, info.frames)
    with open_video(target, info.container, as_probed(info)) as source:
        plan = tracks.plan_tracks(source, info.stream, encoding.container)
        notes = (
            *plan.notes,
            *tracks.caption_notes(info, encoding),
            *mux.tag_notes(source, encoding.container, plan),
        )
        if on_uncopyable == "fail":
            tracks.refuse(notes)
        pictures, others = _demux(source, plan)
        with _writing(encoding.container), mux.create(out, source, info, encoding.container, plan) as output:
            copies: dict[int, _Copy] = {}
            for stream in source.streams:
                if stream.index == info.stream:
                    with chunks[0].open() as file, carrier.read(file) as (template, _):
                        video = mux.add_video(output, template, cast("VideoStream", stream), info, encoding)
                        delay = template.codec_context.reorder_depth
                elif stream in plan.copied:
                    copies[stream.index] = _Copy(tracks.add_copy(output, stream), encoding.container)
            for stream, data in pictures:
                tracks.attach_picture(output, stream, data)
            output.start_encoding()
            frames = _frames(chunks, Timeline(index.pts, index.durations, delay), video, info)
            for packet in mux.interleave(frames, _copies(others, copies, encoding.container)):
                output.mux(packet)
    if mux.needs_display_size(info, encoding):
        size = aspect.display_size(info.width, info.height, info.sample_aspect_ratio)
        aspect.write_display_size(out, *size)
    moved = (note for copy in copies.values() for note in copy.pace.notes())
    return MergeResult(
        tuple(copy.meter.result() for copy in copies.values()), (*notes, *plan.unsaid, *plan.unswapped, *moved)
    )


@contextmanager
def _writing(container: Container) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):  # of the disk, not of what is written to it
            raise
        raise InputRefused(
            Reason.VERIFY_FAILED,
            f"the result cannot be written as {container} ({error}); choose another container in "
            "spec.output.video.container",
        ) from None


def check_chunks(chunks: Sequence[MergeChunk], frames: int) -> None:
    """Refuses chunks that overlap, leave gaps, lack frames, or were encoded with different headers."""
    ends = [0, *(chunk.end for chunk in chunks)]
    whole = ends[-1] == frames and all(chunk.start == end for chunk, end in zip(chunks, ends, strict=False))
    if not whole or any(chunk.frames != chunk.end - chunk.start for chunk in chunks):
        raise InputRefused(Reason.VERIFY_FAILED, f"The chunks do not make up the video's {frames} frames one by one.")
    if len({chunk.extradata_sha256 for chunk in chunks}) > 1:
        raise InputRefused(
            Reason.VERIFY_FAILED,
            "The chunks were encoded with different headers and cannot be one track: they come from different builds "
            "of the worker. Run the job again with one image.",
        )


def _demux(
    source: InputContainer, plan: tracks.TrackPlan
) -> tuple[list[tuple[Stream, bytes]], Iterator[av.Packet[Any]]]:
    """The pictures to attach, which come first, and the packets of the copied tracks. The video's are not read."""
    wanted = (*plan.attached, *plan.copied)
    for stream in source.streams:
        stream.discard = Discard.default if stream in wanted else Discard.all
    pictures: list[tuple[Stream, bytes]] = []
    if not wanted:
        return pictures, iter(())
    packets = (packet for packet in source.demux(*wanted) if packet.size)
    for packet in packets:
        if packet.stream not in plan.attached:
            return pictures, chain([packet], packets)
        pictures.append((packet.stream, bytes(packet)))
    return pictures, iter(())


class _Copy:
    """A track of the result that is copied."""

    def __init__(self, stream: Stream, container: Container) -> None:
        self.stream = stream
        self.meter = Meter(stream.index, stream.type)
        self._container = container

    @cached_property
    def pace(self) -> passing.Pace:
        """Made when packets come: the header, which may change the time base, is written by then."""
        return passing.Pace(self.stream, self._container)


def _copies(
    packets: Iterator[av.Packet[Any]], copies: dict[int, _Copy], container: Container
) -> Iterator[av.Packet[Any]]:
    try:
        for packet in passing.heard(packets, container):
            if container in QUICKTIME and tracks.is_gap(packet):
                continue
            copy = copies[packet.stream_index]
            copy.pace.keep(packet)
            copy.meter.take(packet)
            packet.stream = copy.stream
            yield packet
    except av.FFmpegError as error:
        raise InputRefused(
            Reason.INPUT_UNREADABLE, f"the source's audio and other tracks cannot be read to their end: {error}"
        ) from None


def _frames(
    chunks: Sequence[MergeChunk], timeline: Timeline, video: VideoStream, info: VideoInfo
) -> Iterator[av.Packet[Any]]:
    for chunk in chunks:
        missing = set(range(chunk.frames))
        for position, (rank, packet) in enumerate(_packets(chunk)):
            if rank not in missing or not timeline.stamp(packet, chunk.start + position, chunk.start + rank):
                raise _broken(chunk)
            missing.remove(rank)
            packet.stream, packet.time_base = video, info.time_base
            yield packet
        if missing:
            raise _broken(chunk)


def _packets(chunk: MergeChunk) -> Iterator[tuple[int, av.Packet[Any]]]:
    try:
        with chunk.open() as file, carrier.read(file) as (_, packets):
            yield from packets
    except av.FFmpegError:
        raise _broken(chunk) from None


def _broken(chunk: MergeChunk) -> InputRefused:
    return InputRefused(
        Reason.VERIFY_FAILED,
        f"The chunk of frames {chunk.start} to {chunk.end} does not hold each of its frames once, in an order that "
        "can be played.",
    )
