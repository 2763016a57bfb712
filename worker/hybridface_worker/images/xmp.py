"""XMP packets (ISO 16684-1) of rewritten pictures: without previews of the original and references to dropped data.

Further pictures after a JPEG (gain maps, depth, the original, a motion photo's video) are not carried, and a reader
that is promised one would fail or find other bytes. Works on the text: a packet is never parsed as XML, which may refer
to files and expand to any size.
"""

from __future__ import annotations

import re

_PREVIEW = re.compile(rb'(<xmpGImg:image>|xmpGImg:image=")[^<"]*')
_OF_OTHERS = re.compile(
    rb"http://ns\.(adobe\.com/(hdr-gain-map/1\.0|xmp/note)"
    rb"|apple\.com/HDRGainMap/1\.0"
    rb"|google\.com/photos/(dd/1\.0/\w+|1\.0/(container|image|depthmap)))/?"
)
"""Namespaces of gain maps, of the list of a file's pictures, of pictures and depths in text, and of extended XMP."""
_OF_CAMERAS = re.compile(rb"http://ns\.google\.com/photos/1\.0/camera/?")
_OF_A_VIDEO = (b"MotionPhoto", b"MicroVideo")
_NAMESPACE = re.compile(rb"""(?<![\w.-])xmlns:([\w.-]+)\s{0,9}=\s{0,9}["']([^"'<>\s]{1,99})["']""")
_ELEMENT = re.compile(rb"<([\w.-]+):([\w.-]+)")
_ATTRIBUTE = re.compile(rb"""(?<![\w.:/<-])([\w.-]+):([\w.-]+)\s{0,9}=\s{0,9}("[^"<]*"|'[^'<]*')""")


def cleaned(xmp: bytes) -> bytes:
    """The packet with embedded previews (`xmpGImg:image`) emptied, and without what it says of further pictures."""
    return without_further(_PREVIEW.sub(rb"\1", xmp))


def lost_of(xmp: bytes | None) -> tuple[str, ...]:
    """What a packet loses beside previews, for messages."""
    return () if xmp is None or without_further(xmp) == xmp else ("what XMP says of further pictures",)


def without_further(xmp: bytes) -> bytes:
    """The packet without properties of the namespaces above; one that is not well-formed may keep some."""
    spaces = dict(_NAMESPACE.findall(xmp))
    whole = {prefix for prefix, uri in spaces.items() if _OF_OTHERS.fullmatch(uri)}
    cameras = {prefix for prefix, uri in spaces.items() if _OF_CAMERAS.fullmatch(uri)}
    if not whole and not cameras:
        return xmp

    def goes(prefix: bytes, name: bytes) -> bool:
        return prefix in whole or (prefix in cameras and name.startswith(_OF_A_VIDEO))

    kept, done = [], 0
    for found in _ELEMENT.finditer(xmp):
        if found.start() >= done and goes(*found.groups()):
            end = _end(xmp, found)
            if end < 0:
                break
            kept.append(xmp[done : found.start()])
            done = end
    text = b"".join([*kept, xmp[done:]])
    return _ATTRIBUTE.sub(lambda found: b"" if goes(found[1], found[2]) else found[0], text)


def _end(xmp: bytes, element: re.Match[bytes]) -> int:
    """Behind an element's end tag; -1 where there is none."""
    tag = xmp.find(b">", element.end())
    if tag < 0 or xmp[tag - 1 : tag] == b"/":
        return tag + 1 or -1
    close = xmp.find(b"</%b:%b" % element.groups(), tag)
    return xmp.find(b">", close) + 1 or -1 if close >= 0 else -1
