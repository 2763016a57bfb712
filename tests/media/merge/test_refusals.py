"""What does not make up the video is never published."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.media.verify import verify_video
from support.clips import clip
from support.merging import Probed, encode, encoding_of, merge


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refusals")
    probed = Probed.of(clip("cfr"))
    encoding = encoding_of(probed, quality="medium")
    return probed, encoding, encode(probed, encoding, 64, folder)


def refusal(work, chunks, folder) -> str:
    probed, encoding, _ = work
    with pytest.raises(InputRefused) as refused:
        merge(probed, encoding, chunks, folder)
    assert refused.value.reason is Reason.VERIFY_FAILED
    return refused.value.message


def test_chunks_encoded_with_different_headers(work, tmp_path):
    first, *others = work[2]
    assert "different headers" in refusal(work, [replace(first, extradata_sha256="0" * 64), *others], tmp_path)


def test_a_gap_between_chunks(work, tmp_path):
    assert "one by one" in refusal(work, [work[2][0], *work[2][2:]], tmp_path)


def test_a_missing_last_chunk(work, tmp_path):
    assert "200 frames" in refusal(work, work[2][:-1], tmp_path)


def test_a_chunk_that_counts_fewer_frames_than_its_range(work, tmp_path):
    first, *others = work[2]
    assert "one by one" in refusal(work, [replace(first, frames=63), *others], tmp_path)


def test_a_chunk_whose_file_holds_another_chunks_frames(work, tmp_path):
    *others, last = work[2]
    assert "frames 192 to 200" in refusal(work, [*others, replace(last, open=work[2][0].open)], tmp_path)


def test_a_chunk_whose_file_is_cut_short(work, tmp_path):
    first, *others = work[2]
    with first.open() as file:
        half = file.read()[:4000]
    assert "frames 0 to 64" in refusal(work, [replace(first, open=lambda: io.BytesIO(half)), *others], tmp_path)


@pytest.fixture(scope="module")
def done(work, tmp_path_factory):
    probed, encoding, chunks = work
    return merge(probed, encoding, chunks, tmp_path_factory.mktemp("done"))


def verification(done, **changed) -> str:
    given = {"info": done.source.info, "index": done.source.index, "result": done.merge, **changed}
    with done.result.path.open("rb") as file, pytest.raises(InputRefused) as refused:
        verify_video(file, given["info"], given["index"], done.encoding, given["result"])
    assert refused.value.reason is Reason.VERIFY_FAILED
    return refused.value.message


def test_one_timestamp_that_is_one_tick_off(done):
    index = done.source.index
    pts = index.pts.copy()
    pts[77] += 1
    assert "0.033 ms off" in verification(done, index=FrameIndex(pts, index.durations, index.seek_pts))


def test_a_last_frame_that_ends_one_tick_late(done):
    index = done.source.index
    durations = index.durations.copy()
    durations[-1] += 1
    assert "0.033 ms in duration" in verification(done, index=FrameIndex(index.pts, durations, index.seek_pts))


def test_a_frame_too_few(done):
    index = done.source.index
    longer = FrameIndex(np.append(index.pts, index.pts[-1] + 1001), np.append(index.durations, 1001), index.seek_pts)
    assert "200 frames are presented instead of 201" in verification(done, index=longer)


def test_audio_that_is_not_the_sources(done):
    (track,) = done.merge.tracks
    assert "track 1 (audio)" in verification(
        done, result=replace(done.merge, tracks=(replace(track, sha256="0" * 64),))
    )


def test_audio_that_starts_elsewhere(done):
    (track,) = done.merge.tracks
    moved = replace(track, start=(track.start or 0) + 1)
    assert "starts 1000.000 ms off" in verification(done, result=replace(done.merge, tracks=(moved,)))


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("display_matrix", (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30), "orientation"),
        ("sample_aspect_ratio", "4/3", "sample aspect ratio is 1 instead of 4/3"),
        ("bit_depth", 10, "bit depth is 8 instead of 10"),
        ("chapters", 2, "number of chapters is 0 instead of 2"),
    ],
)
def test_a_tag_that_is_not_the_sources(done, tag, value, said):
    changed = type(done.source.info).model_validate({**done.source.info.model_dump(by_alias=False), tag: value})
    assert said in verification(done, info=changed)
