"""Which encoder a plan names, and what it refuses to name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from hybridface_operator.planning.encoder_table import BREAKS_CHUNKS, BY_CODEC, ENCODERS
from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract.media import Colour, StaticHdr, VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

HDR10 = StaticHdr(
    master_display="G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)", max_cll=1000, max_fall=400
)


def video(**changed: Any) -> VideoInfo:
    plain: dict[str, Any] = {
        "container": Container.MP4,
        "stream": 0,
        "codec": "h264",
        "width": 1920,
        "height": 1080,
        "pixel_format": "yuv420p",
        "bit_depth": 8,
        "time_base": Fraction(1, 30000),
        "frames": 100,
        "packets": 100,
        "start_pts": 0,
        "end_pts": 100100,
        "average_rate": Fraction(30000, 1001),
        "has_b_frames": True,
        "sample_aspect_ratio": Fraction(1),
        "colour": Colour(),
        "index_sha256": "0" * 64,
    }
    return VideoInfo(**{**plain, **changed})


def chosen(info: VideoInfo | None = None, container="same", encoder="auto", quality="high", options=None):
    encoding = choose_encoding(info or video(), container, encoder, quality, options or {})
    assert isinstance(encoding, VideoEncoding), encoding
    return encoding


def refused(info: VideoInfo | None = None, container="same", encoder="auto", quality="high", options=None) -> str:
    finding = choose_encoding(info or video(), container, encoder, quality, options or {})
    assert isinstance(finding, Finding), finding
    assert finding.reason is Reason.ENCODER_NOT_POSSIBLE
    return finding.message


@pytest.mark.parametrize(
    ("codec", "container", "encoder"),
    [
        ("h264", "mp4", "libx264"),
        ("hevc", "mov", "libx265"),
        ("vp9", "webm", "libvpx-vp9"),
        ("av1", "webm", "libsvtav1"),
        ("mpeg4", "mp4", "mpeg4"),
        ("ffv1", "mkv", "ffv1"),
    ],
)
def test_the_source_keeps_its_codec_and_container(codec, container, encoder):
    encoding = chosen(video(codec=codec, container=Container(container)))
    assert (encoding.encoder, encoding.container) == (encoder, Container(container))


@pytest.mark.parametrize(
    ("container", "encoder"),
    [("webm", "libx264"), ("mov", "libvpx-vp9"), ("mov", "libsvtav1"), ("mp4", "ffv1"), ("webm", "mpeg4")],
)
def test_what_a_container_cannot_hold_is_refused_with_those_that_can(container, encoder):
    message = refused(container=container, encoder=encoder)
    assert f"{container} cannot hold" in message
    assert any(other in message for other in ENCODERS[encoder].containers)


def test_an_unknown_encoder_or_codec_is_refused_with_what_there_is():
    assert "libx264" in refused(encoder="h264_qsv")
    assert "vp8" in refused(video(codec="vp8"))


QUANTIZER = ("crf", "global_quality", "qp")


@pytest.mark.parametrize("name", sorted(ENCODERS.keys() - {"ffv1"}))
def test_better_quality_means_a_finer_quantizer(name):
    def fineness(quality: str) -> float:
        options = chosen(container="mkv", encoder=name, quality=quality).options
        return float(next(options[each] for each in QUANTIZER if each in options))

    assert fineness("visually-lossless") < fineness("high") < fineness("medium")


def test_lossless_is_a_mode_of_the_encoder_not_a_quality():
    assert chosen(quality="lossless").options["qp"] == "0"
    assert "crf" not in chosen(quality="lossless").options
    assert "lossless=1" in chosen(encoder="libx265", quality="lossless").options["x265-params"]
    assert chosen(encoder="libvpx-vp9", quality="lossless").options["lossless"] == "1"
    assert "lossless=1" in chosen(encoder="libsvtav1", quality="lossless").options["svtav1-params"]


def test_lossless_is_refused_where_it_would_not_be():
    assert "no lossless mode" in refused(encoder="mpeg4", quality="lossless")
    assert "no lossless mode" in refused(video(pixel_format="yuv420p10le"), encoder="libsvtav1", quality="lossless")
    assert "not be lossless" in refused(quality="lossless", options={"crf": "12"})


@pytest.mark.parametrize(
    ("pixel_format", "encoder"),
    [("yuv420p10le", "libvpx-vp9"), ("yuv422p", "libsvtav1"), ("yuv420p12le", "libx264"), ("yuv444p", "mpeg4")],
)
def test_samples_are_never_converted_to_suit_an_encoder(pixel_format, encoder):
    message = refused(video(pixel_format=pixel_format), container="mkv", encoder=encoder)
    assert pixel_format in message
    assert "ffv1" in message


def test_other_names_of_the_same_samples_are_one_format():
    assert chosen(video(pixel_format="yuvj420p")).pixel_format == "yuv420p"
    assert chosen(video(pixel_format="nv12")).pixel_format == "yuv420p"


@pytest.mark.parametrize("encoder", ["libx264", "libx265"])
def test_sizes_that_chroma_does_not_divide_are_refused(encoder):
    assert "853x479" in refused(video(width=853, height=479), encoder=encoder)
    assert "853x480" in refused(video(width=853, height=480, pixel_format="yuv422p"), encoder=encoder)
    chosen(video(width=854, height=479, pixel_format="yuv422p"), encoder=encoder)
    chosen(video(width=853, height=479, pixel_format="yuv444p"), encoder=encoder)


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_an_encoder_of_a_gpu_is_used_only_where_it_is_named(codec):
    info = video(codec=codec, container=Container.MKV)
    assert chosen(info).encoder == BY_CODEC[codec] != f"{codec}_nvenc"
    own = chosen(info, encoder=f"{codec}_nvenc", options={"qp": "18"}).options
    assert own == {"preset": "p5", "tune": "hq", "qp": "18", **ENCODERS[f"{codec}_nvenc"].always}


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_every_frame_of_an_encoder_of_a_gpu_has_the_same_quantizer(codec):
    """FFmpeg's own factors would make the first frame of each chunk better than those before it."""
    own = chosen(video(codec=codec, container=Container.MKV), encoder=f"{codec}_nvenc").options
    assert (own["rc"], own["i_qfactor"], own["b_qfactor"]) == ("constqp", "0", "0")


def test_a_picture_that_is_too_large_for_a_gpus_encoder_is_refused_with_one_that_takes_it():
    wide = video(width=4098, height=2160)
    assert "no side above 4096, and the video is 4098x2160; choose encoder libx264" in refused(
        wide, encoder="h264_nvenc"
    )
    chosen(wide, encoder="hevc_nvenc")


@pytest.mark.parametrize("encoder", ["libvpx-vp9", "libsvtav1", "ffv1"])
def test_other_encoders_take_any_size(encoder):
    chosen(video(width=853, height=479), container="mkv", encoder=encoder)


def test_static_hdr_is_told_to_the_encoder_in_its_own_words():
    info = video(pixel_format="yuv420p10le", bit_depth=10, hdr=HDR10)
    assert (
        f"master-display={HDR10.master_display}:max-cll=1000,400"
        in chosen(info, encoder="libx265").options["x265-params"]
    )
    assert f"mastering-display={HDR10.master_display}:cll=1000,400" in chosen(info).options["x264-params"]
    svt = chosen(info, encoder="libsvtav1").options["svtav1-params"]
    assert svt == (
        "mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.005):content-light=1000,400"
    )


def test_static_hdr_is_not_dropped_in_silence():
    info = video(pixel_format="yuv420p10le", bit_depth=10, hdr=HDR10, container=Container.MKV)
    assert "HDR10" in refused(info, encoder="ffv1")


@pytest.mark.parametrize("encoder", sorted(ENCODERS))
@pytest.mark.parametrize("option", sorted(BREAKS_CHUNKS))
def test_options_that_would_break_chunks_are_refused_with_the_reason(encoder, option):
    message = refused(container="mkv", encoder=encoder, options={option: "1"})
    assert BREAKS_CHUNKS[option] in message


@pytest.mark.parametrize("given", ["open-gop=1", "vbv-maxrate=4000:vbv-bufsize=8000", "threads=3", "colorprim=bt709"])
def test_they_are_refused_among_the_encoders_own_parameters_too(given):
    assert "not allowed" in refused(options={"x264-params": given})
    assert "not allowed" in refused(encoder="libx265", options={"x265-params": given})


def test_an_option_that_is_not_known_is_refused_with_those_that_are():
    message = refused(options={"cfr": "18"})
    assert "'cfr'" in message
    assert "crf" in message


def test_the_users_options_come_before_the_qualitys():
    options = chosen(options={"crf": "12", "preset": "slow", "x264-params": "no-deblock=1"}).options
    assert (options["crf"], options["preset"], options["x264-params"]) == ("12", "slow", "no-deblock=1")
    assert "crf" not in chosen(options={"qp": "20"}).options
    assert chosen(encoder="libvpx-vp9", options={"crf": "25"}).options["qmax"] == "25"
    assert chosen(encoder="mpeg4", options={"qscale": "3"}).options["global_quality"] == "354"


def test_the_depth_of_the_lookahead_is_always_stated():
    assert chosen().options["rc-lookahead"] == "10"
    assert chosen(options={"preset": "slow"}).options["rc-lookahead"] == "50"
    assert chosen(options={"x264-params": "rc-lookahead=25"}).options["rc-lookahead"] == "25"
    assert "rc-lookahead=15" in chosen(encoder="libx265").options["x265-params"]
    assert "rc-lookahead=30" in chosen(encoder="libx265", options={"rc-lookahead": "30"}).options["x265-params"]


def test_groups_of_pictures_are_closed():
    assert "open-gop=0" in chosen(encoder="libx265").options["x265-params"]
    assert "open-gop" not in str(chosen().options)


def test_threads_depend_on_the_pictures_size_alone():
    sizes = {(320, 240): 2, (1280, 720): 2, (1920, 1080): 4, (3840, 2160): 8}
    assert {size: chosen(video(width=size[0], height=size[1])).threads for size in sizes} == sizes


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(1, 10), Fraction(1)),
        (Fraction(1000), Fraction(240)),
        (Fraction(123457, 4321), Fraction(7143, 250)),
    ],
)
def test_the_nominal_rate_is_one_that_every_encoder_takes(rate, told):
    assert chosen(video(average_rate=rate)).rate == told


def test_hevc_in_mp4_and_mov_keeps_its_tag_or_gets_hvc1():
    hevc = {"codec": "hevc"}
    assert chosen(video(**hevc, codec_tag="hvc1")).codec_tag == "hvc1"
    assert chosen(video(**hevc, codec_tag="hev1")).codec_tag == "hev1"
    assert chosen(video(**hevc, container=Container.MKV), container="mp4").codec_tag == "hvc1"
    assert chosen(video(**hevc), container="mkv").codec_tag is None
    assert chosen(video(codec_tag="avc1")).codec_tag is None
