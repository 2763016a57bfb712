"""The media matrix through whole jobs: clips of a length that suffices, and what of them has to come through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hybridface_worker.contract.catalogue import Catalogue

from .clips import MATRIX, clip
from .merging import Probed, chapters, described, other_packets
from .runs import NO_MODELS, Output, Run, manifest, run

LOSSY = {"mpeg4"}
"""Codecs without a lossless mode: they are encoded by another encoder of the same container."""
EXACT = tuple(name for name in MATRIX if name not in LOSSY)
AT_EVERY_SIZE = ("vfr", "edit_list", "two_audio_one_subtitle")
WHOLE = 10**6
"""Frames of a chunk that holds any clip."""
LONG, SHORT = 130, 70
"""Frames of clips that are worked at every size, and of the others: chunks of 64 or 128, and a rest.

What a chunk between two others needs is in the long ones, and in the tests of merging, which have whole clips.
"""
KEPT: tuple[str, ...] = (
    "codec_tag",
    "width",
    "height",
    "bit_depth",
    "rotation",
    "display_matrix",
    "sample_aspect_ratio",
    "colour",
)
KEPT += ("hdr", "average_rate", "start_pts", "end_pts", "frames", "time_base")


def batches(names: tuple[str, ...], size: int) -> dict[str, tuple[str, ...]]:
    """So many clips a job, by the first and the last of them."""
    return {f"{part[0]}..{part[-1]}": part for part in (names[i : i + size] for i in range(0, len(names), size))}


def name_of(clip_name: str) -> str:
    """A target's name may hold no underscore."""
    return clip_name.replace("_", "-")


def cut(name: str) -> Path:
    """The clip, not longer than it has to be."""
    return clip(name, min(MATRIX[name].frames, LONG if name in AT_EVERY_SIZE else SHORT))


def job(
    names: tuple[str, ...],
    folder: Path,
    *,
    workers: int = 1,
    chunk_frames: int = 64,
    source: Callable[[str], Path] = cut,
    catalogue: Catalogue = NO_MODELS,
    **spec: Any,
) -> Run:
    """One job over clips of the matrix. `source` gives a clip's file."""
    targets = {name_of(name): source(name) for name in names}
    document = manifest(targets, folder / "out", **spec)
    return run(document, folder / "store", workers=workers, chunk_frames=chunk_frames, catalogue=catalogue)


def assert_kept(name: str, output: Output, original: Path | None = None) -> None:
    """Times, tags, and every other track are the clip's."""
    original = original or cut(name)
    source, result = Probed.of(original), Probed.of(output.path)
    np.testing.assert_array_equal(result.index.pts, source.index.pts, err_msg=name)
    np.testing.assert_array_equal(result.index.durations, source.index.durations, err_msg=name)
    shown = sum(chunk.seconds or 0 for chunk in output.chunks)
    assert shown == int(source.index.durations.sum()) * source.info.time_base, name
    assert {tag: getattr(result.info, tag) for tag in KEPT} == {tag: getattr(source.info, tag) for tag in KEPT}, name
    assert other_packets(output.path, result.info.stream) == other_packets(original, source.info.stream), name
    assert [track[2:] for track in described(output.path)] == [track[2:] for track in described(original)], name
    assert chapters(output.path) == chapters(original), name


def assert_worked(name: str, output: Output) -> None:
    """Something was done in every chunk: there is a face in it."""
    assert output.report.published == "merged", (name, output.report)
    for chunk in output.chunks:
        faces = sum((count.end - count.start) * count.faces for count in chunk.faces)
        assert faces > 0, f"{name}: no face in chunk {chunk.chunk.start}-{chunk.chunk.end}"


def assert_same_frames(name: str, chunked: Output, whole: Output) -> None:
    """Frames are those of the run without chunks, sample by sample."""
    assert len(whole.chunks) == 1
    assert Probed.of(chunked.path).samples() == Probed.of(whole.path).samples(), name


def assert_painted_alike(name: str, chunked: Output, whole: Output, original: Path | None = None) -> None:
    """The same, and none is the clip's."""
    assert_same_frames(name, chunked, whole)
    samples = Probed.of(chunked.path).samples()
    before = Probed.of(original or cut(name)).samples()
    left = [number for number, (ours, theirs) in enumerate(zip(samples, before, strict=True)) if ours == theirs]
    assert not left, f"{name}: frames {left} are as they were"
