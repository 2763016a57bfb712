"""A file is what its first bytes say, whatever its name."""

from __future__ import annotations

import io

import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, ImageFormat
from hybridface_worker.media.sniff import HEAD_BYTES, sniff, sniff_image
from support.clips import BESIDE, MATRIX, clip
from support.clips_bad import REFUSED

CONTAINERS = {
    ".mp4": Container.MP4,
    ".mov": Container.MOV,
    ".mkv": Container.MKV,
    ".webm": Container.WEBM,
}


def _picture(name: str) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, name)
    return buffer.getvalue()


@pytest.mark.parametrize("name", [*MATRIX, *BESIDE])
def test_a_clip_is_known_by_its_content(name: str) -> None:
    path = clip(name)
    with path.open("rb") as file:
        assert sniff(file.read(HEAD_BYTES)) is CONTAINERS[path.suffix]


@pytest.mark.parametrize("kind", list(ImageFormat))
def test_an_image_is_known_by_its_content(kind: ImageFormat) -> None:
    assert sniff(_picture(kind)) is kind
    assert sniff_image(_picture(kind)) is kind


@pytest.mark.parametrize("box", [b"moov", b"mdat", b"wide", b"free"])
def test_a_mov_from_before_there_was_ftyp_is_a_mov(box: bytes) -> None:
    assert sniff(b"\x00\x00\x10\x00" + box + bytes(100)) is Container.MOV


@pytest.mark.parametrize(
    ("head", "reason", "named"),
    [
        (b"#EXTM3U\n", Reason.FORMAT_NOT_ALLOWED, "HLS"),
        (b"\xef\xbb\xbf \n#EXTM3U\n", Reason.FORMAT_NOT_ALLOWED, "HLS"),
        (b"<MPD xmlns='urn'>", Reason.FORMAT_NOT_ALLOWED, "DASH"),
        (b"FLV\x01" + bytes(20), Reason.FORMAT_NOT_ALLOWED, "FLV"),
        (b"\x00\x00\x00\x20ftypheic" + bytes(20), Reason.FORMAT_NOT_ALLOWED, "HEIF"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(20), Reason.FORMAT_NOT_ALLOWED, "audio"),
        (b"\x00\x00\x00\x20ftyp3gp5" + bytes(20), Reason.FORMAT_NOT_ALLOWED, "3GP"),
        (b"\x00\x00\x00\x01\x67" + bytes(20), Reason.FORMAT_NOT_ALLOWED, "H.264"),
        (b"\x1a\x45\xdf\xa3\x84\x42\x82\x81x", Reason.NOT_MEDIA, "EBML"),
        (b"\x1a\x45\xdf\xa3", Reason.NOT_MEDIA, "EBML"),
        (b"\x1f\x8b\x08\x00", Reason.NOT_MEDIA, "gzip"),
        ("Grüße".encode(), Reason.NOT_MEDIA, "text"),
        (b"\x00", Reason.NOT_MEDIA, "no media"),
        (bytes(HEAD_BYTES), Reason.NOT_MEDIA, "no media"),
        (b"", Reason.INPUT_EMPTY, "empty"),
    ],
)
def test_anything_else_is_refused_by_what_it_looks_like(head: bytes, reason: Reason, named: str) -> None:
    with pytest.raises(InputRefused) as refused:
        sniff(head)
    assert refused.value.reason is reason
    assert named in refused.value.message


def test_a_video_is_no_image() -> None:
    with pytest.raises(InputRefused) as refused:
        sniff_image(clip("cfr", 2).read_bytes())
    assert refused.value.reason is Reason.FORMAT_NOT_ALLOWED


def test_text_cut_within_a_character_is_still_text() -> None:
    with pytest.raises(InputRefused, match="text"):
        sniff(("ä" * 5000).encode()[: HEAD_BYTES - 1])


def test_the_playlists_among_the_bad_files_never_reach_a_demuxer() -> None:
    for name in ("hls", "concat", "dash"):
        with REFUSED[name].cached().open("rb") as file, pytest.raises(InputRefused):
            sniff(file.read(HEAD_BYTES))
