"""What stands beside the samples: carried as stored, emptied of previews, or named as left out."""

from __future__ import annotations

import io
import struct
import zlib
from xml.etree import ElementTree as ET

import pytest
from PIL import Image, PngImagePlugin

from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images import xmp
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import read_still, write_notes, write_still
from support import images

JPEG, PNG, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP
PREVIEW = images.encode(images.slope(), JPEG, quality=40)


def rewritten(data, format):
    """The file written anew, and the names of what was left out."""
    still = read_still(data, probe_image(data, format, Limits()))
    notes = write_notes(still)
    assert all(note.reason is Reason.METADATA_NOT_KEPT for note in notes)
    return write_still(still), " ".join(note.message for note in notes)


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg_with(*segments):
    data = images.encode(images.slope(), JPEG)
    return data[:20] + b"".join(segments) + data[20:]


def png_with(*chunks, after=b""):
    return images.raw_png(images.noise(), 2, 8, before=b"".join(chunks), after=after)


def resource(number, data):
    return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)


def webp_with(kind, data, *, flags=0):
    """A lossless WebP in the extended layout with one more chunk."""
    simple = images.encode(images.noise(), WEBP, lossless=True)
    canvas = (30).to_bytes(3, "little") + (20).to_bytes(3, "little")
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
        for name, content in ((b"VP8X", bytes((flags, 0, 0, 0)) + canvas), (b"VP8L", simple[20:]), (kind, data))
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize("big_endian", [False, True])
def test_jpeg_keeps_exif_but_for_its_thumbnail(big_endian):
    tiff = images.exif(6, thumbnail=PREVIEW, big_endian=big_endian)
    after, left_out = rewritten(jpeg_with(segment(0xE1, b"Exif\0\0" + tiff)), JPEG)
    exif = images.opened(after).getexif()
    assert exif[0x0112] == 6
    assert not exif.get_ifd(0x8769)
    assert 0x0201 not in exif.get_ifd(1)
    assert PREVIEW[:3] not in images.opened(after).info["exif"]
    assert len(images.opened(after).info["exif"]) == len(tiff) + 6
    assert not left_out


@pytest.mark.parametrize("format", list(ImageFormat))
def test_previews_within_vendors_notes_are_emptied_in_every_format(format):
    tiff = images.exif(3, note=b"VENDOR" + PREVIEW + b"behind")
    data = {
        JPEG: lambda: jpeg_with(segment(0xE1, b"Exif\0\0" + tiff)),
        PNG: lambda: png_with(images.chunk(b"eXIf", tiff)),
        WEBP: lambda: webp_with(b"EXIF", tiff, flags=0x08),
    }[format]()
    after, _ = rewritten(data, format)
    assert b"VENDOR" in after
    assert b"behind" in after
    assert PREVIEW[:20] not in after.removeprefix(after[:4])
    assert images.opened(after).getexif()[0x0112] == 3


def test_jpeg_keeps_density_comment_xmp_iptc_and_profile():
    caption = resource(1028, b"\x1c\x02\x78\x00\x04Anna")
    data = images.encode(images.slope(), JPEG, dpi=(240, 240), profile=images.icc(), comment=b"by hand")
    beside = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + images.XMP) + segment(0xED, b"Photoshop 3.0\0" + caption)
    after, left_out = rewritten(data[:20] + beside + data[20:], JPEG)
    info = images.opened(after).info
    assert info["dpi"] == (240, 240)
    assert info["comment"] == b"by hand"
    assert info["icc_profile"] == images.icc()
    assert info["xmp"] == images.XMP
    assert info["photoshop"] == {1028: b"\x1c\x02\x78\x00\x04Anna"}
    assert not left_out


def test_jpeg_puts_a_profile_of_many_segments_together():
    profile = images.icc() + bytes(range(256)) * 1000
    after, _ = rewritten(images.encode(images.slope(), JPEG, profile=profile), JPEG)
    assert images.opened(after).info["icc_profile"] == profile


def test_jpeg_drops_every_other_way_to_keep_the_old_picture_in_it():
    thumbnail = b"JFXX\0\x10" + PREVIEW
    photoshop = b"Photoshop 3.0\0" + resource(1036, PREVIEW) + resource(1028, b"IPTC") + resource(1033, PREVIEW)
    after, left_out = rewritten(
        jpeg_with(
            segment(0xE0, thumbnail),
            segment(0xED, photoshop),
            segment(0xE2, b"MPF\0" + bytes(80)),
            segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + PREVIEW),
            segment(0xEB, b"JP\0\1" + bytes(40)),
        )
        + PREVIEW,
        JPEG,
    )
    assert after.count(b"\xff\xd8\xff") == 1
    assert images.opened(after).info["photoshop"] == {1028: b"IPTC"}
    for name in ("JFIF thumbnail", "further pictures (MPF)", "extended XMP", "JUMBF", "after the image's end"):
        assert name in left_out


def test_a_thumbnail_in_the_jfif_header_is_dropped():
    data = images.encode(images.slope(), JPEG)
    small = bytes((4, 4)) + bytes(range(48))
    after, _ = rewritten(data[:2] + segment(0xE0, data[6:18] + small) + data[20:], JPEG)
    assert after[2:20] == segment(0xE0, data[6:18] + bytes(2))


def test_photoshop_resources_that_make_no_sense_are_dropped_by_name():
    after, left_out = rewritten(jpeg_with(segment(0xED, b"Photoshop 3.0\0" + b"8BIX" + bytes(40))), JPEG)
    assert b"8BIX" not in after
    assert "Photoshop" in left_out


FURTHER = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:C="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
 xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' xmlns:GImage="http://ns.google.com/photos/1.0/image/"
 xmlns:xmpNote="http://ns.adobe.com/xmp/note/" hdrgm:Version="1.0" GCamera:MotionPhoto="1" GCamera:BurstID='b7'
 xmp:Rating="5" GImage:Data="/9j/BASE64" xmpNote:HasExtendedXMP = "A7">
<hdrgm:GainMapMax><rdf:Seq><rdf:li>2.3</rdf:li></rdf:Seq></hdrgm:GainMapMax><hdrgm:OffsetSDR/><xmp:Label>best</xmp:Label>
<C:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><C:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>
<rdf:li rdf:parseType="Resource"><C:Item Item:Semantic="GainMap" Item:Length="77"/></rdf:li></rdf:Seq></C:Directory>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize("format", list(ImageFormat))
def test_xmp_no_longer_speaks_of_pictures_that_are_not_there(format):
    data = {
        JPEG: lambda: jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + FURTHER)),
        PNG: lambda: png_with(images.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + FURTHER)),
        WEBP: lambda: webp_with(b"XMP ", FURTHER, flags=0x04),
    }[format]()
    after, left_out = rewritten(data, format)
    assert "what XMP says of further pictures" in left_out
    for gone in (b"Item:", b"hdrgm:V", b"hdrgm:G", b"hdrgm:O", b"MotionPhoto", b"BASE64", b"HasExtended", b"GainMap"):
        assert gone not in after
    found = ET.fromstring(after[after.index(b"<x:xmp") : after.index(b"</x:xmpmeta>") + 12])  # noqa: S314  # its own
    (description,) = found.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    assert sorted(description.attrib.values()) == ["5", "b7"]
    assert [(child.tag, child.text) for child in description] == [("{http://ns.adobe.com/xap/1.0/}Label", "best")]


def test_xmp_that_is_cut_in_the_middle_is_cleaned_as_far_as_it_goes():
    whole = FURTHER.index(b" hdrgm:Version")
    for length in range(len(FURTHER)):
        after = xmp.cleaned(FURTHER[:length])
        assert after[:whole] == FURTHER[: min(length, whole)]
        assert b"hdrgm:Version=" not in after or length < whole + 21
        assert xmp.cleaned(after) == after


def test_xmp_loses_its_preview_and_nothing_else():
    with_preview = images.XMP + b'<xmpGImg:image>BASE64</xmpGImg:image><a xmpGImg:image="BASE64"/>'
    without = images.XMP + b'<xmpGImg:image></xmpGImg:image><a xmpGImg:image=""/>'
    itxt = b"XML:com.adobe.xmp\0\0\0\0\0" + with_preview
    packed = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(with_preview)
    for data, format in (
        (jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + with_preview)), JPEG),
        (png_with(images.chunk(b"iTXt", itxt)), PNG),
        (png_with(images.chunk(b"iTXt", packed)), PNG),
        (webp_with(b"XMP ", with_preview, flags=0x04), WEBP),
    ):
        after, left_out = rewritten(data, format)
        assert images.opened(after).info["xmp"] == without
        assert not left_out


def test_png_keeps_text_density_gamma_time_and_order():
    text = [
        images.chunk(b"tEXt", b"Author\0Anna"),
        images.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"long")),
        images.chunk(b"iTXt", b"Title\0\0\0de\0\0Stra\xc3\x9fe"),
    ]
    colour = [images.chunk(b"gAMA", struct.pack(">I", 45455)), images.chunk(b"sRGB", b"\0")]
    density, time = images.chunk(b"pHYs", struct.pack(">IIB", 3780, 3780, 1)), images.chunk(b"tIME", bytes(7))
    data = png_with(*colour, density, *text, after=time)
    after, left_out = rewritten(data, PNG)
    assert [kind for kind in _kinds(after) if kind != b"IDAT"] == [kind for kind in _kinds(data) if kind != b"IDAT"]
    assert images.opened(after).info == images.opened(data).info
    assert not left_out


def test_png_follows_the_safe_to_copy_bit_of_chunks_that_it_does_not_know():
    safe, unsafe, signed = b"prVt", b"prVT", b"caBX"
    after, left_out = rewritten(png_with(*(images.chunk(kind, b"data") for kind in (safe, unsafe, signed))), PNG)
    assert safe in _kinds(after)
    assert unsafe not in _kinds(after)
    assert "caBX, prVT" in left_out


def test_png_drops_metadata_that_another_program_hid_in_text():
    after, left_out = rewritten(
        png_with(images.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(PREVIEW))), PNG
    )
    assert b"zTXt" not in _kinds(after)
    assert "zTXt" in left_out


def test_chunks_whose_layout_follows_the_colour_type_stay_with_it():
    beside = images.chunk(b"sBIT", b"\5\6\5"), images.chunk(b"bKGD", bytes(6))
    assert {b"sBIT", b"bKGD"} <= set(_kinds(rewritten(png_with(*beside), PNG)[0]))
    palette = images.chunk(b"PLTE", bytes(3 * 256))
    data = images.raw_png(images.noise("L"), 3, 8, before=palette + images.chunk(b"bKGD", b"\0"))
    after, left_out = rewritten(data, PNG)
    assert b"bKGD" not in _kinds(after)
    assert "bKGD" in left_out
    assert "PLTE" not in left_out


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_a_bomb_in_compressed_text_or_profile_is_carried_and_never_inflated(kind):
    bomb = zlib.compress(bytes(50 * 2**20))
    after, left_out = rewritten(png_with(images.chunk(kind, b"name\0\0" + bomb)), PNG)
    assert bomb in after
    assert not left_out


def test_a_bomb_in_compressed_xmp_is_left_out():
    bomb = images.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(50 * 2**20)))
    after, left_out = rewritten(png_with(bomb), PNG)
    assert b"iTXt" not in _kinds(after)
    assert "iTXt" in left_out


def test_webp_drops_chunks_that_it_does_not_know_by_name():
    after, left_out = rewritten(webp_with(b"C2PA", b"signed"), WEBP)
    assert b"C2PA" not in after
    assert "C2PA" in left_out


def test_data_behind_the_end_is_left_out_and_named():
    for format in ImageFormat:
        data = images.encode(images.slope(), format)
        after, left_out = rewritten(data + b"a video" * 100, format)
        assert b"a video" not in after
        assert "after the image's end" in left_out


def test_text_that_pillow_writes_comes_back():
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", "tests")
    text.add_itxt("Description", "Ω", zip=True)
    file = io.BytesIO()
    Image.fromarray(images.noise()).save(file, "PNG", pnginfo=text)
    assert images.opened(rewritten(file.getvalue(), PNG)[0]).text == {"Software": "tests", "Description": "Ω"}


def _kinds(data):
    kinds, at = [], 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        kinds.append(kind)
        at += 12 + size
    return kinds
