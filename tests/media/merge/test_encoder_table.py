"""What the plan's table says of encoders is so in this build."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from hybridface_operator.planning.encoder_table import ENCODERS
from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.media import StaticHdr
from hybridface_worker.contract.plan import VideoEncoding, is_of_gpu
from hybridface_worker.contract.spec import Container
from hybridface_worker.media.encode import ChunkEncoder
from hybridface_worker.media.sidedata import static_hdr_of
from support.clip_picture import picture
from support.clips import clip
from support.merging import Probed, digest

HDR10 = StaticHdr(
    master_display="G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)", max_cll=1000, max_fall=400
)
OURS = {name: encoder for name, encoder in ENCODERS.items() if not is_of_gpu(name)}
OF_GPUS = {name: encoder for name, encoder in ENCODERS.items() if is_of_gpu(name)}
CASES = [
    pytest.param(encoder.name, quality, pixel_format, id=f"{encoder.name}-{quality}-{pixel_format}")
    for encoder in OURS.values()
    for quality in encoder.quality
    if quality in {"high", "lossless"}
    for pixel_format in sorted(encoder.pixel_formats)
    if not (quality == "lossless" and pixel_format in encoder.inexact)
]


@pytest.fixture(scope="module")
def source():
    return Probed.of(clip("cfr")).info


def coded(source, tmp_path, name, quality, pixel_format, **changed):
    rgb = "gbr" in pixel_format
    colour = source.colour.model_copy(update={"matrix": 0 if rgb else 6, "full_range": rgb})
    info = source.model_copy(
        update={"pixel_format": pixel_format, "colour": colour, "container": Container.MKV, **changed}
    )
    encoding = choose_encoding(info, "same", name, quality, {})
    assert isinstance(encoding, VideoEncoding)
    encoder = ChunkEncoder(encoding, info, tmp_path / "chunk.mkv")
    frames = [
        av.VideoFrame.from_ndarray(picture(n, info.width, info.height), format="rgb24").reformat(format=pixel_format)
        for n in range(3)
    ]
    for number, frame in enumerate(frames):
        encoder.encode(number, frame)
    with av.open(str(encoder.finish().path)) as container:
        return frames, list(container.decode(video=0))


@pytest.mark.parametrize(("name", "quality", "pixel_format"), CASES)
def test_an_encoder_takes_the_pixel_formats_of_the_table(source, tmp_path, name, quality, pixel_format):
    given, found = coded(source, tmp_path, name, quality, pixel_format)
    assert [frame.format.name.replace("yuvj", "yuv") for frame in found] == [pixel_format] * 3
    if quality == "lossless":
        assert [digest(frame) for frame in found] == [digest(frame) for frame in given]


@pytest.mark.parametrize("name", [name for name, encoder in OURS.items() if not encoder.even_chroma])
def test_an_encoder_takes_odd_sizes_where_the_table_says_so(source, tmp_path, name):
    _, found = coded(source, tmp_path, name, "high", "yuv420p", width=853, height=479)
    assert [(frame.width, frame.height) for frame in found] == [(853, 479)] * 3


@pytest.mark.parametrize("name", [name for name, encoder in OURS.items() if encoder.static_hdr])
def test_an_encoder_carries_static_hdr_where_the_table_says_so(source, tmp_path, name):
    _, found = coded(source, tmp_path, name, "high", "yuv420p10le", hdr=HDR10)
    assert static_hdr_of(found[0]) == HDR10


@pytest.mark.parametrize(
    ("name", "pixel_format"), [(name, each) for name in OF_GPUS for each in sorted(OF_GPUS[name].pixel_formats)]
)
def test_this_build_has_the_encoders_of_gpus_and_they_take_the_pixel_formats_of_the_table(name, pixel_format):
    assert pixel_format in {each.name for each in av.codec.Codec(name, "w").video_formats or ()}


@pytest.mark.parametrize(
    ("name", "option"),
    [
        (name, option)
        for name, encoder in OF_GPUS.items()
        for option in sorted(
            {*encoder.always, *encoder.allowed, *(each for own in encoder.quality.values() for each in own)}
        )
    ],
)
def test_this_builds_encoders_of_gpus_know_the_options_of_the_table(name, option):
    """FFmpeg looks at values before it looks for a GPU, and only at those of options that it knows."""
    context = av.codec.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt, context.time_base = 640, 480, "yuv420p", Fraction(1, 25)
    context.options = {option: "no such value"}
    with pytest.raises(av.error.ArgumentError):
        context.open()


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="there is a GPU, which may have the encoder")
@pytest.mark.parametrize(
    ("name", "quality"), [(name, each) for name, encoder in OF_GPUS.items() for each in encoder.quality]
)
def test_without_a_gpu_the_work_is_handed_back(source, tmp_path, name, quality):
    with pytest.raises(LacksPlanError, match=f"{name} does not open here"):
        coded(source, tmp_path, name, quality, "yuv420p")
