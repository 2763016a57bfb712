"""One chunk's encoder: the plan's, and nothing but the plan's."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused, LacksPlanError
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media import carrier
from hybridface_worker.media.encode import ChunkEncoder, lookahead_frames
from support.clip_picture import picture
from support.clips import clip
from support.merging import Probed, digest, encoding_of


@pytest.fixture(scope="module")
def probed():
    return Probed.of(clip("cfr"))


@pytest.fixture
def encode(probed, tmp_path):
    def run(encoding: VideoEncoding, frames: int = 12, ahead: int = 0, first: int = 500):
        pictures = list(probed.frames())[: frames + ahead]
        encoder = ChunkEncoder(encoding, probed.info, tmp_path / "chunk.mkv")
        for number, frame in enumerate(pictures):
            if number < frames:
                encoder.encode(first + number, frame)
            else:
                encoder.look_ahead(frame)
        return encoder.finish()

    return run


def ranks_and_keys(path):
    with path.open("rb") as file, carrier.read(file) as (_, packets):
        return [(rank, packet.is_keyframe) for rank, packet in packets]


ENCODERS = ("libx264", "libx265", "libvpx-vp9", "libsvtav1", "mpeg4", "ffv1")


@pytest.mark.parametrize("name", ENCODERS)
def test_a_chunk_holds_each_frame_once_and_begins_with_a_key_frame(encode, probed, name):
    chunk = encode(encoding_of(probed, container="mkv", encoder=name, quality="high"))
    found = ranks_and_keys(chunk.path)
    assert sorted(rank for rank, _ in found) == list(range(12))
    assert found[0] == (0, True)
    assert chunk.frames == 12


@pytest.mark.parametrize("name", ENCODERS)
def test_same_frames_make_same_bytes(encode, probed, name):
    encoding = encoding_of(probed, container="mkv", encoder=name, quality="high")
    assert encode(encoding).sha256 == encode(encoding).sha256


@pytest.mark.parametrize("name", ENCODERS)
def test_headers_do_not_depend_on_the_chunks_length_or_place(encode, probed, name):
    encoding = encoding_of(probed, container="mkv", encoder=name, quality="high")
    whole, single = encode(encoding), encode(encoding, frames=1, first=7)
    assert whole.extradata_sha256 == single.extradata_sha256


@pytest.mark.parametrize("ahead", [1, 5, 40])
@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_frames_behind_the_chunk_leave_no_packet(encode, probed, name, ahead):
    encoding = encoding_of(probed, container="mkv", encoder=name, quality="high")
    assert sorted(rank for rank, _ in ranks_and_keys(encode(encoding, ahead=ahead).path)) == list(range(12))


@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_the_encoder_asks_for_as_many_frames_behind_as_free_all_packets(probed, tmp_path, name):
    encoding = encoding_of(probed, container="mkv", encoder=name, quality="high")
    frames = list(probed.frames())
    encoder = ChunkEncoder(encoding, probed.info, tmp_path / "chunk.mkv")
    for number in range(64):
        encoder.encode(number, frames[number])
    for frame in frames[64 : 64 + encoder.lookahead]:
        encoder.look_ahead(frame)
    assert encoder._complete
    encoder.close()


def test_without_rate_control_nothing_is_asked_for(probed):
    assert lookahead_frames(encoding_of(probed, quality="lossless")) == 0
    assert lookahead_frames(encoding_of(probed, encoder="mpeg4", quality="high")) == 0
    assert lookahead_frames(encoding_of(probed, quality="high")) == 16


def test_frames_are_taken_in_order_only(probed, tmp_path):
    frame = next(probed.frames())
    encoder = ChunkEncoder(encoding_of(probed), probed.info, tmp_path / "chunk.mkv")
    encoder.encode(64, frame)
    with pytest.raises(ValueError, match="frame 66 does not follow frame 64"):
        encoder.encode(66, frame)
    encoder.close()


def test_an_encoder_that_this_build_lacks_hands_the_work_back(probed, tmp_path):
    encoding = encoding_of(probed).model_copy(update={"encoder": "libxeve"})
    with pytest.raises(LacksPlanError, match="libxeve"):
        ChunkEncoder(encoding, probed.info, tmp_path / "chunk.mkv")


def test_an_option_that_this_build_lacks_hands_the_work_back(probed, tmp_path):
    encoding = encoding_of(probed).model_copy(update={"options": {"neural-denoise": "1"}})
    with pytest.raises(LacksPlanError, match="neural-denoise"):
        ChunkEncoder(encoding, probed.info, tmp_path / "chunk.mkv")


def test_another_pixel_format_is_refused_not_converted(probed, tmp_path):
    encoder = ChunkEncoder(encoding_of(probed), probed.info, tmp_path / "chunk.mkv")
    frame = next(probed.frames()).reformat(format="yuv444p")
    with pytest.raises(InputRefused) as refused:
        encoder.encode(0, frame)
    assert refused.value.reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED
    encoder.close()


@pytest.mark.parametrize("arranged", ["yuvj420p", "nv12"])
def test_the_same_samples_in_another_arrangement_are_kept(probed, tmp_path, arranged):
    rgb = av.VideoFrame.from_ndarray(picture(3), format="rgb24")
    plain = rgb.reformat(format="yuv420p", dst_color_range="JPEG")
    other = plain.reformat(format=arranged, src_color_range="JPEG", dst_color_range="JPEG")
    encoder = ChunkEncoder(encoding_of(probed, quality="lossless"), probed.info, tmp_path / "chunk.mkv")
    encoder.encode(0, other)
    with av.open(str(encoder.finish().path)) as container:
        assert digest(next(container.decode(video=0))) == digest(plain)


def noisy(number: int) -> av.VideoFrame:
    noise = np.random.default_rng(number).normal(0, 3, (240, 320, 1))
    pixels = np.clip(picture(number) + noise, 0, 255).astype(np.uint8)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def quality_of(path, first: int) -> list[float]:
    """PSNR of luma of each frame in dB."""
    found = []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0), first):
            error = frame.to_ndarray()[:240].astype(float) - noisy(number).to_ndarray()[:240]
            found.append(10 * np.log10(255**2 / np.mean(error**2)))
    return found


@pytest.mark.parametrize("name", ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "mpeg4"])
def test_quality_does_not_step_at_a_join(probed, tmp_path, name):
    encoding = encoding_of(probed, container="mkv", encoder=name, quality="high")
    quality: list[float] = []
    for start in (0, 64, 128):
        encoder = ChunkEncoder(encoding, probed.info, tmp_path / f"{start}.mkv")
        for number in range(start, start + 64):
            encoder.encode(number, noisy(number))
        for number in range(start + 64, start + 64 + encoder.lookahead):
            encoder.look_ahead(noisy(number))
        quality += quality_of(encoder.finish().path, start)
    steps = [abs(np.mean(quality[join : join + 8]) - np.mean(quality[join - 8 : join])) for join in (64, 128)]
    assert max(steps) <= 0.5


def test_the_rate_is_told_and_the_times_are_not(probed, encode):
    slow = encoding_of(probed).model_copy(update={"rate": Fraction(7, 3)})
    assert [rank for rank, _ in ranks_and_keys(encode(slow).path)] == [
        rank for rank, _ in ranks_and_keys(encode(encoding_of(probed)).path)
    ]
