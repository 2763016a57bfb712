"""What the plan's table says of encoders is so in this build."""

from __future__ import annotations

import av
import pytest

from hybridface_operator.planning.encoder_table import ENCODERS
from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract.media import StaticHdr
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.spec import Container
from hybridface_worker.media.encode import ChunkEncoder
from hybridface_worker.media.sidedata import static_hdr_of
from support.clip_picture import picture
from support.clips import clip
from support.merging import Probed, digest

HDR10 = StaticHdr(
    master_display="G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)", max_cll=1000, max_fall=400
)
CASES = [
    pytest.param(encoder.name, quality, pixel_format, id=f"{encoder.name}-{quality}-{pixel_format}")
    for encoder in ENCODERS.values()
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


@pytest.mark.parametrize("name", [name for name, encoder in ENCODERS.items() if not encoder.even_chroma])
def test_an_encoder_takes_odd_sizes_where_the_table_says_so(source, tmp_path, name):
    _, found = coded(source, tmp_path, name, "high", "yuv420p", width=853, height=479)
    assert [(frame.width, frame.height) for frame in found] == [(853, 479)] * 3


@pytest.mark.parametrize("name", [name for name, encoder in ENCODERS.items() if encoder.static_hdr])
def test_an_encoder_carries_static_hdr_where_the_table_says_so(source, tmp_path, name):
    _, found = coded(source, tmp_path, name, "high", "yuv420p10le", hdr=HDR10)
    assert static_hdr_of(found[0]) == HDR10
