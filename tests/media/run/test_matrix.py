"""The media matrix through whole jobs: probed, planned, swapped in chunks, merged, verified, published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hybridface_worker.media.sidedata import has_captions
from support.clip_captions import with_captions
from support.clip_writer import Video, write_clip
from support.clips import MATRIX, clip
from support.merging import Probed, chapters, described, other_packets
from support.runs import Output, Run, manifest, run

LOSSY = {"mpeg4"}
"""Codecs without a lossless mode: they are encoded by another encoder of the same container."""
AT_EVERY_SIZE = ("vfr", "edit_list", "two_audio_one_subtitle")
EXACT = tuple(name for name in MATRIX if name not in LOSSY)
BATCHES = {f"{batch[0]}..{batch[-1]}": batch for batch in (EXACT[i : i + 6] for i in range(0, len(EXACT), 6))}
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


def name_of(clip_name: str) -> str:
    """A target's name may hold no underscore."""
    return clip_name.replace("_", "-")


def job(names: tuple[str, ...], folder: Path, swapper: str, *, workers: int = 1, chunk_frames: int = 64) -> Run:
    targets = {name_of(name): clip(name) for name in names}
    document = manifest(targets, folder / "out", swapper=swapper)
    return run(document, folder / "store", workers=workers, chunk_frames=chunk_frames)


def assert_kept(name: str, output: Output) -> None:
    source, result = Probed.of(clip(name)), Probed.of(output.path)
    np.testing.assert_array_equal(result.index.pts, source.index.pts, err_msg=name)
    np.testing.assert_array_equal(result.index.durations, source.index.durations, err_msg=name)
    assert {tag: getattr(result.info, tag) for tag in KEPT} == {tag: getattr(source.info, tag) for tag in KEPT}, name
    assert other_packets(output.path, result.info.stream) == other_packets(clip(name), source.info.stream), name
    assert [track[2:] for track in described(output.path)] == [track[2:] for track in described(clip(name))], name
    assert chapters(output.path) == chapters(clip(name)), name


def assert_worked(name: str, output: Output) -> None:
    assert output.report.published == "merged", (name, output.report)
    for chunk in output.chunks:
        faces = sum((count.end - count.start) * count.faces for count in chunk.faces)
        assert faces > 0, f"{name}: no face in chunk {chunk.chunk.start}-{chunk.chunk.end}"


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_with_identity_and_lossless_every_frame_time_tag_and_packet_is_the_sources(batch, tmp_path):
    result = job(batch, tmp_path, "identity")
    assert result.complete
    for name in batch:
        output = result.outputs()[name_of(name)]
        assert_worked(name, output)
        assert_kept(name, output)
        assert Probed.of(output.path).samples() == Probed.of(clip(name)).samples(), name


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_with_marker_the_result_depends_neither_on_chunks_nor_on_workers(batch, tmp_path):
    chunked = job(batch, tmp_path / "chunked", "marker", workers=3).outputs()
    whole = job(batch, tmp_path / "whole", "marker", chunk_frames=10**6).outputs()
    for name in batch:
        output = chunked[name_of(name)]
        assert_worked(name, output)
        assert_kept(name, output)
        assert len(whole[name_of(name)].chunks) == 1
        samples = Probed.of(output.path).samples()
        assert samples == Probed.of(whole[name_of(name)].path).samples(), name
        changed = [ours != theirs for ours, theirs in zip(samples, Probed.of(clip(name)).samples(), strict=True)]
        assert all(changed), f"{name}: frames {[i for i, c in enumerate(changed) if not c]} are not marked"


@pytest.mark.parametrize("size", [96, 128])
def test_other_chunk_sizes_make_the_same_result(size, tmp_path):
    one = job(AT_EVERY_SIZE, tmp_path / "one", "marker", chunk_frames=64).outputs()
    other = job(AT_EVERY_SIZE, tmp_path / "other", "marker", chunk_frames=size, workers=2).outputs()
    for name in AT_EVERY_SIZE:
        assert_kept(name, other[name_of(name)])
        assert Probed.of(other[name_of(name)].path).samples() == Probed.of(one[name_of(name)].path).samples(), name


@pytest.mark.deep
@pytest.mark.parametrize("size", [96, 128])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_every_clip_at_every_size(batch, size, tmp_path):
    one = job(batch, tmp_path / "one", "marker", chunk_frames=64).outputs()
    other = job(batch, tmp_path / "other", "marker", chunk_frames=size, workers=3).outputs()
    for name in batch:
        assert_kept(name, other[name_of(name)])
        assert Probed.of(other[name_of(name)].path).samples() == Probed.of(one[name_of(name)].path).samples(), name


def test_a_codec_without_a_lossless_mode_keeps_times_and_may_change_its_encoder(tmp_path):
    target = {"mpeg4": clip("mpeg4")}
    video = {"container": "same", "encoder": "libx264", "quality": "lossless"}
    output = {"uri": f"{(tmp_path / 'out').as_uri()}/", "video": video}
    result = run(manifest(target, tmp_path / "out", swapper="identity", output=output), tmp_path / "store")
    assert result.complete
    published = result.outputs()["mpeg4"]
    assert_worked("mpeg4", published)
    source, ours = Probed.of(clip("mpeg4")), Probed.of(published.path)
    np.testing.assert_array_equal(ours.index.pts, source.index.pts)
    assert ours.samples() == source.samples()


def test_closed_captions_stay_in_pictures_whose_faces_were_swapped(tmp_path):
    source = tmp_path / "captions.mp4"
    write_clip(source, Video(), 12, edit=with_captions)
    result = run(manifest({"clip": source}, tmp_path / "out", swapper="marker"), tmp_path / "store")
    published = Probed.of(result.outputs()["clip"].path)
    assert [has_captions(frame) for frame in published.frames()] == [True] * 12
    assert not set(published.samples()) & set(Probed.of(source).samples())
