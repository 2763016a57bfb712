"""Identifies a file by its first bytes: names lie, and demuxers that probe for themselves can be led astray.

Knows nothing of decoders; opens nothing.
"""

from __future__ import annotations

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, ImageFormat

HEAD_BYTES = 4096
"""What `sniff` needs of a file."""

ALLOWED = "MP4, MOV, MKV and WebM videos and JPEG, PNG and WebP images are read"

_OLD_MOV = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_SEGMENT = frozenset({b"styp", b"moof", b"sidx"})
_IMAGE_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "})
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})

_OTHER_FORMATS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"FLV", "an FLV video"),
    (0, b"OggS", "an Ogg file"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (0, b"\x00\x00\x01\xba", "an MPEG program stream"),
    (0, b"\x00\x00\x01\xb3", "a raw MPEG video stream"),
    (0, b"\x00\x00\x00\x01", "a raw H.264 or HEVC stream"),
    (0, b"\x00\x00\x01", "a raw video stream"),
    (0, b"DKIF", "an IVF video"),
    (0, b"GIF8", "a GIF image"),
    (0, b"BM", "a BMP image"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (0, b"8BPS", "a Photoshop image"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (0, b"ID3", "an MP3 file"),
    (0, b"fLaC", "a FLAC file"),
    (8, b"AVI ", "an AVI video"),
    (8, b"WAVE", "a WAV file"),
)
_NOT_MEDIA: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"%PDF", "a PDF document"),
)
_PLAYLISTS: tuple[tuple[bytes, str], ...] = (
    (b"#extm3u", "an HLS or M3U playlist"),
    (b"ffconcat", "an FFmpeg concat list"),
    (b"[playlist]", "a PLS playlist"),
    (b"<mpd", "a DASH manifest"),
    (b"<smoothstreamingmedia", "a Smooth Streaming manifest"),
    (b"<asx", "an ASX playlist"),
    (b"<smil", "a SMIL playlist"),
)


def sniff(head: bytes) -> Container | ImageFormat:
    """The format of the file that begins with `head` (its first `HEAD_BYTES`, or all of it).

    Raises:
        InputRefused: INPUT_EMPTY; FORMAT_NOT_ALLOWED for media of another kind and for playlists; INPUT_TRUNCATED
            for a piece of a segmented MP4; NOT_MEDIA for anything else. The message names what it looks like.
    """
    if not head:
        raise InputRefused(Reason.INPUT_EMPTY, "the file is empty; upload it again")
    found = _image(head) or _matroska(head) or _iso_media(head)
    if found is not None:
        return found
    _refuse(head)
    raise InputRefused(Reason.NOT_MEDIA, f"the file is no media that is known; {ALLOWED}")


def sniff_image(head: bytes) -> ImageFormat:
    """As `sniff`, for images alone.

    Raises:
        InputRefused: as `sniff`; FORMAT_NOT_ALLOWED for a video.
    """
    found = sniff(head[:HEAD_BYTES])
    if isinstance(found, ImageFormat):
        return found
    raise InputRefused(Reason.FORMAT_NOT_ALLOWED, f"the file is a {found.upper()} video, and an image is needed")


def _image(head: bytes) -> ImageFormat | None:
    if head.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    return None


def _matroska(head: bytes) -> Container | None:
    """EBML with its DocType (RFC 8794, 11.2.9)."""
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    at = head.find(b"\x42\x82")
    doctype = head[at + 3 : at + 3 + (head[at + 2] & 0x7F)].rstrip(b"\0") if 0 <= at < len(head) - 3 else b""
    if doctype == b"webm":
        return Container.WEBM
    if doctype == b"matroska":
        return Container.MKV
    raise InputRefused(Reason.NOT_MEDIA, f"the file is an EBML document that is neither Matroska nor WebM; {ALLOWED}")


def _iso_media(head: bytes) -> Container | None:
    """ISO base media (ISO/IEC 14496-12, 4.3) and QuickTime, which once had no `ftyp`."""
    kind = head[4:8]
    if kind in _SEGMENT:
        raise InputRefused(
            Reason.INPUT_TRUNCATED,
            "the file is a segment of a streamed MP4 without the initialisation segment that goes before it;"
            " join the segments into one file",
        )
    if kind != b"ftyp":
        return Container.MOV if kind in _OLD_MOV else None
    brand = head[8:12]
    if brand in _IMAGE_BRANDS:
        raise _not_allowed("a HEIF or AVIF image")
    if brand in _AUDIO_BRANDS:
        raise _not_allowed("an MP4 file of audio only")
    if brand.startswith(b"3g"):
        raise _not_allowed("a 3GP video")
    return Container.MOV if brand == b"qt  " else Container.MP4


def _refuse(head: bytes) -> None:
    for at, magic, name in _OTHER_FORMATS:
        if head.startswith(magic, at):
            raise _not_allowed(name)
    if any(len(head) > 2 * packet and {head[at], head[at + packet]} == {0x47} for at, packet in ((0, 188), (4, 192))):
        raise _not_allowed("an MPEG transport stream")
    for at, magic, name in _NOT_MEDIA:
        if head.startswith(magic, at):
            raise InputRefused(Reason.NOT_MEDIA, f"the file looks like {name}; {ALLOWED}")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, name in _PLAYLISTS:
        if text.startswith(start) or (text.startswith(b"<?xml") and start in text and start.startswith(b"<")):
            raise _not_allowed(f"{name}, which would make a player open other files")
    if _is_text(head):
        raise InputRefused(Reason.NOT_MEDIA, f"the file looks like text; {ALLOWED}")


def _not_allowed(name: str) -> InputRefused:
    return InputRefused(Reason.FORMAT_NOT_ALLOWED, f"the file looks like {name}; {ALLOWED}")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\r\n\t\f" for character in text)
