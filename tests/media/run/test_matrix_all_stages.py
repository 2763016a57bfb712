"""The media matrix with every stage on: who is looked for is found in all chunks, and chunks leave no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.all_stages import STAGES, everything, stages
from support.clips import clip
from support.matrix import (
    EXACT,
    LOSSY,
    WHOLE,
    assert_kept,
    assert_painted_alike,
    assert_same_frames,
    assert_worked,
    batches,
    job,
    name_of,
)
from support.runs import Output

SHARE = ("vfr", "open_gop", "hevc_10bit", "rotated_90", "odd_853x479", "edit_list", "sixty_five_frames")
"""What a stage could get wrong that holds for the others: times, order, depth, planes, sides, a frame too many."""
FRAMES, CHUNK_FRAMES = 36, 16


def short(name: str) -> Path:
    return clip(name, 65 if name == "sixty_five_frames" else FRAMES)


def assert_all_stages_ran(name: str, output: Output) -> None:
    """A model that was asked ahead, for the window of the chunk before, counts there."""
    assert_worked(name, output)
    assert set().union(*(stages(chunk) for chunk in output.chunks)) == STAGES, name


def test_a_share_of_the_matrix_in_small_chunks_is_as_in_one(catalogue, tmp_path):
    shared = {"source": short, "catalogue": catalogue, **everything()}
    chunked = job(SHARE, tmp_path / "chunked", chunk_frames=CHUNK_FRAMES, workers=2, **shared).outputs()
    whole = job(SHARE, tmp_path / "whole", chunk_frames=WHOLE, **shared).outputs()
    for name in SHARE:
        output = chunked[name_of(name)]
        assert len(output.chunks) >= 3
        assert_all_stages_ran(name, output)
        assert_kept(name, output, short(name))
        assert_painted_alike(name, output, whole[name_of(name)], short(name))


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("batch", batches(EXACT, 4).values(), ids=batches(EXACT, 4).keys())
def test_every_clip_at_every_size_is_as_in_one(batch, catalogue, tmp_path):
    shared = {"source": clip, "catalogue": catalogue, **everything()}
    whole = job(batch, tmp_path / "whole", chunk_frames=WHOLE, **shared).outputs()
    for size in (64, 96, 128):
        chunked = job(batch, tmp_path / str(size), chunk_frames=size, workers=2, **shared).outputs()
        for name in batch:
            assert_all_stages_ran(name, chunked[name_of(name)])
            assert_kept(name, chunked[name_of(name)], clip(name))
            assert_painted_alike(name, chunked[name_of(name)], whole[name_of(name)], clip(name))


@pytest.mark.deep
@pytest.mark.parametrize("name", sorted(LOSSY))
def test_a_codec_without_a_lossless_mode_is_as_in_one_by_another_encoder(name, catalogue, tmp_path):
    video = {"container": "same", "encoder": "libx264", "quality": "lossless"}
    chunked, whole = (
        job(
            (name,),
            tmp_path / str(size),
            chunk_frames=size,
            source=clip,
            catalogue=catalogue,
            output={"uri": f"{(tmp_path / str(size) / 'out').as_uri()}/", "video": video},
            **everything(),
        ).outputs()[name_of(name)]
        for size in (64, WHOLE)
    )
    assert_all_stages_ran(name, chunked)
    assert_same_frames(name, chunked, whole)
