"""One video's chunks become one file: merged, verified, with a contact sheet of before and after."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.media.merge import MergeChunk, merge_video
from hybridface_worker.media.sheet import contact_sheet
from hybridface_worker.media.verify import verify_video
from hybridface_worker.picture.view import View

from .context import PhaseContext
from .merging import SHEET_PAIRS, Material, Merged, copy_source, evenly, frames_with_faces

Pixels = npt.NDArray[np.uint8]


def merge_one_video(context: PhaseContext, material: Material, info: VideoInfo) -> Merged:
    """Merges, verifies, and draws the sheet; or takes the target as it is, where no face was selected.

    Raises:
        InputRefused: what came out is not what went in, or the target has changed.
    """
    encoding = material.unit.video
    if encoding is None:
        raise TaskError(Reason.BAD_TASK, f"{material.output.path}: the plan names no encoder")
    path = context.scratch / f"merged.{encoding.container}"
    swapped = dict(frames_with_faces(material.manifests))
    concealed = tuple(number for manifest in material.manifests for number in manifest.concealed)
    merged = Merged(path, False, info.frames, sum(swapped.values()), len(swapped), concealed)
    with merged.being_made():
        _make(merged, context, material, info, encoding, sorted(swapped))
    return merged


def _make(
    merged: Merged,
    context: PhaseContext,
    material: Material,
    info: VideoInfo,
    encoding: VideoEncoding,
    swapped: list[int],
) -> None:
    """`swapped`: numbers of the frames in which a face was."""
    if not swapped and material.plan.output.keeps_format:
        merged.source_bytes = True
        merged.notes = (copy_source(context, material.item, merged.path),)
        return
    index = FrameIndex.from_npz(context.area.read_bytes(layout.frame_index(material.item.target, material.item.item)))
    with context.open(material.item) as target:
        chunks = [_chunk(context, manifest) for manifest in material.manifests]
        result = merge_video(target, info, index, encoding, chunks, merged.path, material.plan.output.on_uncopyable)
        with context.open_scratch(merged.path) as made:
            verified = verify_video(made, info, index, encoding, result)
        merged.notes = (*result.notes, *verified.notes)
        target.seek(0)
        numbers = evenly(swapped, SHEET_PAIRS)
        if numbers:
            before = _thumbnails(target, info, index, numbers)
            with context.open_scratch(merged.path) as made:
                after = _thumbnails(made, verified.info, verified.index, numbers)
            labels = [f"frame {number}  {float(int(index.pts[number]) * info.time_base):.2f} s" for number in numbers]
            merged.sheet = contact_sheet(list(zip(labels, before, after, strict=True)))
    context.progress(info.frames)


def _chunk(context: PhaseContext, manifest: ChunkManifest) -> MergeChunk:
    if manifest.data is None or manifest.extradata_sha256 is None:
        raise TaskError(Reason.BAD_TASK, f"{layout.chunk_id(manifest.chunk)}: its manifest names no data")
    return MergeChunk(
        start=manifest.chunk.start,
        end=manifest.chunk.end,
        frames=manifest.frames,
        extradata_sha256=manifest.extradata_sha256,
        open=partial(context.open_data, manifest.data),
    )


def _thumbnails(file: BinaryIO, info: VideoInfo, index: FrameIndex, numbers: list[int]) -> list[Pixels]:
    view = View.of_video(info)
    with VideoReader(file, info, index) as reader:
        return [
            view.thumbnail(decoded.frame)[0]
            for number in numbers
            for decoded in reader.read(number, number + 1, conceal=True)
        ]
