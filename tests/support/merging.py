"""A video through probe, chunks, merge and verification, without any swapping, and what there is to compare after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import av
import numpy as np

from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.spec import Container, Limits
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.encode import ChunkEncoder
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.media.inspect import inspect_video
from hybridface_worker.media.merge import MergeChunk, MergeResult, merge_video
from hybridface_worker.media.verify import verify_video


@dataclass(frozen=True)
class Probed:
    """A video file with its description."""

    path: Path
    info: VideoInfo
    index: FrameIndex

    @classmethod
    def of(cls, path: Path) -> Probed:
        with path.open("rb") as file:
            info, index, _ = inspect_video(file, Container(path.suffix[1:]), Limits())
        return cls(path, info, index)

    def frames(self) -> Iterator[av.VideoFrame]:
        """Every presented frame."""
        with self.path.open("rb") as file, VideoReader(file, self.info, self.index, threads=1) as reader:
            for decoded in reader.read(0, self.info.frames):
                yield decoded.frame

    def samples(self) -> list[str]:
        """A digest of each frame's samples."""
        return [digest(frame) for frame in self.frames()]


@dataclass(frozen=True)
class Trip:
    """A source, what it became, and what was said about it."""

    source: Probed
    result: Probed
    encoding: VideoEncoding
    merge: MergeResult
    notes: tuple[Finding, ...]


def digest(frame: av.VideoFrame) -> str:
    """SHA-256 of the samples, without the padding of rows."""
    found = hashlib.sha256()
    depth = (frame.format.components[0].bits + 7) // 8
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        found.update(rows[: plane.height, : plane.width * depth].tobytes())
    return found.hexdigest()


def encoding_of(probed: Probed, *, container: str = "same", **wanted: Any) -> VideoEncoding:
    """The plan's encoding: lossless where the codec has such a mode, unless said otherwise."""
    quality = wanted.get("quality", "high" if probed.info.codec == "mpeg4" else "lossless")
    chosen = choose_encoding(probed.info, container, wanted.get("encoder", "auto"), quality, wanted.get("options", {}))
    assert isinstance(chosen, VideoEncoding), chosen
    return chosen


def encode(probed: Probed, encoding: VideoEncoding, size: int, folder: Path) -> list[MergeChunk]:
    """Encodes the video in chunks of `size` frames, as the pipeline does: each sees the frames behind it."""
    frames = list(probed.frames())
    chunks = []
    for start in range(0, len(frames), size):
        end = min(start + size, len(frames))
        encoder = ChunkEncoder(encoding, probed.info, folder / f"{start}.mkv")
        for number in range(start, end):
            encoder.encode(number, frames[number])
        for number in range(end, min(end + encoder.lookahead, len(frames))):
            encoder.look_ahead(frames[number])
        done = encoder.finish()
        chunks.append(MergeChunk(start, end, done.frames, done.extradata_sha256, partial(open_file, done.path)))
    return chunks


def open_file(path: Path) -> BinaryIO:
    return path.open("rb")


def merge(
    probed: Probed,
    encoding: VideoEncoding,
    chunks: Sequence[MergeChunk],
    folder: Path,
    on_uncopyable: Literal["report", "fail"] = "report",
) -> Trip:
    """Merges and verifies."""
    out = folder / f"merged.{encoding.container}"
    with probed.path.open("rb") as target:
        merged = merge_video(target, probed.info, probed.index, encoding, chunks, out, on_uncopyable)
    with out.open("rb") as made:
        verified = verify_video(made, probed.info, probed.index, encoding, merged)
    result = Probed(out, verified.info, verified.index)
    return Trip(probed, result, encoding, merged, (*merged.notes, *verified.notes))


def round_trip(path: Path, size: int, folder: Path, **wanted: Any) -> Trip:
    """The whole way of one file, in chunks of `size` frames."""
    probed = Probed.of(path)
    encoding = encoding_of(probed, **wanted)
    return merge(probed, encoding, encode(probed, encoding, size, folder), folder)


def other_packets(path: Path, video: int) -> Mapping[int, list[tuple[int | None, int | None, str]]]:
    """Of each track but the video: pts, duration and digest of every packet."""
    found: dict[int, list[tuple[int | None, int | None, str]]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size and packet.stream_index != video:
                payload = hashlib.sha256(bytes(packet)).hexdigest()
                found.setdefault(packet.stream_index, []).append((packet.pts, packet.duration, payload))
    return found


def described(path: Path) -> list[tuple[Any, ...]]:
    """Of each track: kind, codec, disposition, language and title."""
    with av.open(str(path)) as container:
        return [
            (
                stream.type,
                stream.codec_context.name if stream.codec_context else None,
                int(stream.disposition),
                stream.metadata.get("language"),
                stream.metadata.get("title") or stream.metadata.get("name"),
            )
            for stream in cast("Any", container.streams)
        ]


def chapters(path: Path) -> list[tuple[float, float, str]]:
    """Start and end in seconds, and the title."""
    with av.open(str(path)) as container:
        return [
            (
                float(chapter["start"] * chapter["time_base"]),
                float(chapter["end"] * chapter["time_base"]),
                chapter["metadata"].get("title", ""),
            )
            for chapter in cast("Any", container.chapters())
        ]
