"""The media matrix through whole jobs: probed, planned, swapped in chunks, merged, verified, published."""

from __future__ import annotations

import numpy as np
import pytest

from hybridface_worker.media.sidedata import has_captions
from support.clip_captions import with_captions
from support.clip_writer import Video, write_clip
from support.clips import clip
from support.matrix import (
    AT_EVERY_SIZE,
    EXACT,
    WHOLE,
    assert_kept,
    assert_painted_alike,
    assert_worked,
    batches,
    cut,
    job,
    name_of,
)
from support.merging import Probed
from support.runs import manifest, run

BATCHES = batches(EXACT, 12)
AT_ONE_SIZE = batches(tuple(name for name in EXACT if name not in AT_EVERY_SIZE), 10)
SIZES = {"every size": (AT_EVERY_SIZE, (64, 96, 128)), **{key: (part, (64,)) for key, part in AT_ONE_SIZE.items()}}


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_with_identity_and_lossless_every_frame_time_tag_and_packet_is_the_sources(batch, tmp_path):
    result = job(batch, tmp_path, swapper="identity")
    assert result.complete
    for name in batch:
        output = result.outputs()[name_of(name)]
        assert_worked(name, output)
        assert_kept(name, output)
        assert Probed.of(output.path).samples() == Probed.of(cut(name)).samples(), name


@pytest.mark.parametrize(("batch", "sizes"), SIZES.values(), ids=SIZES.keys())
def test_with_marker_the_result_depends_neither_on_chunks_nor_on_workers(batch, sizes, tmp_path):
    whole = job(batch, tmp_path / "whole", swapper="marker", chunk_frames=WHOLE).outputs()
    for size in sizes:
        chunked = job(batch, tmp_path / str(size), swapper="marker", chunk_frames=size, workers=3).outputs()
        for name in batch:
            output = chunked[name_of(name)]
            assert_worked(name, output)
            assert_kept(name, output)
            assert_painted_alike(name, output, whole[name_of(name)])


@pytest.mark.deep
@pytest.mark.parametrize("size", [96, 128])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_every_clip_at_every_size(batch, size, tmp_path):
    one = job(batch, tmp_path / "one", swapper="marker", chunk_frames=64, source=clip).outputs()
    other = job(batch, tmp_path / "other", swapper="marker", chunk_frames=size, workers=3, source=clip).outputs()
    for name in batch:
        assert_kept(name, other[name_of(name)], clip(name))
        assert Probed.of(other[name_of(name)].path).samples() == Probed.of(one[name_of(name)].path).samples(), name


def test_a_codec_without_a_lossless_mode_keeps_times_and_may_change_its_encoder(tmp_path):
    target = {"mpeg4": cut("mpeg4")}
    video = {"container": "same", "encoder": "libx264", "quality": "lossless"}
    output = {"uri": f"{(tmp_path / 'out').as_uri()}/", "video": video}
    result = run(manifest(target, tmp_path / "out", swapper="identity", output=output), tmp_path / "store")
    assert result.complete
    published = result.outputs()["mpeg4"]
    assert_worked("mpeg4", published)
    source, ours = Probed.of(cut("mpeg4")), Probed.of(published.path)
    np.testing.assert_array_equal(ours.index.pts, source.index.pts)
    assert ours.samples() == source.samples()


def test_closed_captions_stay_in_pictures_whose_faces_were_swapped(tmp_path):
    source = tmp_path / "captions.mp4"
    write_clip(source, Video(), 12, edit=with_captions)
    result = run(manifest({"clip": source}, tmp_path / "out", swapper="marker"), tmp_path / "store")
    published = Probed.of(result.outputs()["clip"].path)
    assert [has_captions(frame) for frame in published.frames()] == [True] * 12
    assert not set(published.samples()) & set(Probed.of(source).samples())


def test_a_face_is_found_in_a_video_that_is_stored_upside_down(tmp_path):
    path = tmp_path / "flipped.mp4"
    write_clip(path, Video(flipped=True), 6)
    result = run(manifest({"flipped": path}, tmp_path / "out", swapper="marker"), tmp_path / "store")
    assert result.outputs()["flipped"].report.frames_with_faces == 6
