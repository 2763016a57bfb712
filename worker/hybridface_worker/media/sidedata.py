"""What frames carry beside their samples: colour, static and dynamic HDR, orientation, other side data."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, cast

import av
from av.sidedata.sidedata import SideData, SideDataContainer, Type
from av.video.codeccontext import VideoCodecContext

from hybridface_worker.contract.media import Colour, StaticHdr, VideoInfo

_YOUNGER = {28: "LCEVC", 29: "VIEW_ID", 30: "THREE_D_REFERENCE_DISPLAYS", 31: "EXIF", 32: "DYNAMIC_HDR_SMPTE_2094_50"}
"""Types of AVFrameSideDataType that PyAV does not know yet."""

DYNAMIC_HDR = {
    Type.DYNAMIC_HDR_PLUS.name: "HDR10+",
    Type.DYNAMIC_HDR_VIVID.name: "HDR Vivid",
    Type.DOVI_RPU_BUFFER.name: "Dolby Vision",
    Type.DOVI_METADATA.name: "Dolby Vision",
    _YOUNGER[32]: "SMPTE ST 2094-50",
}

CLEAN_APERTURE = "CLEAN_APERTURE"
BESIDE = {
    Type.AFD.name: "active format description",
    Type.AMBIENT_VIEWING_ENVIRONMENT.name: "ambient viewing environment",
    CLEAN_APERTURE: "clean aperture (clap), so that players show all of each picture",
    Type.GOP_TIMECODE.name: "timecodes inside the pictures",
    Type.ICC_PROFILE.name: "colour profile (ICC)",
    Type.PANSCAN.name: "pan-scan rectangle",
    Type.S12M_TIMECODE.name: "timecodes inside the pictures",
    Type.SPHERICAL.name: "spherical projection",
    Type.SEI_UNREGISTERED.name: "data of the recorder inside the pictures (user data SEI)",
    Type.STEREO3D.name: "stereoscopic arrangement",
    _YOUNGER[28]: "enhancement layer (LCEVC)",
    _YOUNGER[29]: "number of the view",
    _YOUNGER[30]: "reference displays of stereoscopic pictures",
    _YOUNGER[31]: "EXIF inside the pictures",
}
"""Side data that players may use and only some encoders and containers can carry, in words for messages."""

_UNNAMED = "KIND_"
_OF_ENCODERS = (
    bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef"),
    bytes.fromhex("2ca2de09b51747dbbb55a4fe7fc2fc4e"),
)
"""UUIDs of the SEI in which x264 and x265 record their own options: not data of the source."""

_MASTERING = struct.Struct("=20i2i")
"""AVMasteringDisplayMetadata: rationals for R, G, B and white (x, y), least and greatest luminance; what is set."""
_LIGHT = struct.Struct("=2I")
"""AVContentLightMetadata: MaxCLL and MaxFALL in cd/m2."""
_MATRIX = struct.Struct("=9i")


def colour_of(frame: av.VideoFrame) -> Colour:
    """The colour description of a decoded picture. FFmpeg's `yuvj` formats are full range by definition."""
    full = frame.color_range == 2 or frame.format.name.startswith("yuvj")
    return Colour(
        full_range=True if full else False if frame.color_range == 1 else None,
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
        matrix=int(frame.colorspace),
    )


def describe_pictures(context: VideoCodecContext, info: VideoInfo) -> None:
    """Sets the aspect ratio and the colour description of what is written to those of the source."""
    if info.sample_aspect_ratio != 1:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    context.color_range = {None: 0, False: 1, True: 2}[info.colour.full_range]
    context.color_primaries = info.colour.primaries
    context.color_trc = info.colour.transfer
    context.colorspace = info.colour.matrix


def static_hdr_of(frame: av.VideoFrame) -> StaticHdr | None:
    """SMPTE ST 2086 and content light level of a picture, or None where it has neither."""
    display = light = None
    if (data := _data(frame, Type.MASTERING_DISPLAY_METADATA, _MASTERING.size)) is not None:
        display = master_display(data)
    if (data := _data(frame, Type.CONTENT_LIGHT_LEVEL, _LIGHT.size)) is not None:
        light = _LIGHT.unpack(data)
    if display is None and light is None:
        return None
    cll, fall = light or (None, None)
    return StaticHdr(master_display=display, max_cll=cll, max_fall=fall)


def master_display(data: bytes) -> str | None:
    """AVMasteringDisplayMetadata in x265's notation: chromaticities times 50000, luminances times 10000."""
    *values, has_primaries, has_luminance = _MASTERING.unpack(data)
    if not has_primaries or not has_luminance:
        return None
    rationals = [Fraction(top, bottom or 1) for top, bottom in zip(values[::2], values[1::2], strict=True)]
    points = [round(value * 50_000) for value in rationals[:8]]
    red, green, blue, white = (f"({points[at]},{points[at + 1]})" for at in (0, 2, 4, 6))
    least, greatest = (round(value * 10_000) for value in rationals[8:])
    return f"G{green}B{blue}R{red}WP{white}L({greatest},{least})"


def dynamic_hdr_of(frame: av.VideoFrame) -> str | None:
    """The name of the dynamic HDR metadata that a picture carries, or None."""
    found = _side_data(frame)
    return next((name for kind, name in DYNAMIC_HDR.items() if kind in found), None)


def beside_of(frame: av.VideoFrame) -> frozenset[str]:
    """The side data of BESIDE that a frame carries, and any of a type that has no name yet."""
    items = cast("SideDataContainer", frame.side_data)  # a frame may have several of one type
    kinds = {item.type.name for item in items if not _is_of_encoder(item)}
    return frozenset(kind for kind in kinds if kind in BESIDE or kind.startswith(_UNNAMED))


def has_captions(frame: av.VideoFrame) -> bool:
    """Whether CEA-608/708 closed captions are embedded in the picture."""
    return Type.A53_CC.name in _side_data(frame)


def display_matrix_of(frame: av.VideoFrame) -> tuple[int, ...] | None:
    """The display matrix, nine numbers (ISO/IEC 14496-12, 8.5.2); None where it is missing or the identity."""
    data = _data(frame, Type.DISPLAYMATRIX, _MATRIX.size)
    matrix = _MATRIX.unpack(data) if data is not None else None
    return None if matrix == (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30) else matrix


def rotation_of(frame: av.VideoFrame) -> int:
    """Degrees, clockwise, by which players rotate the picture: a multiple of 90."""
    return round(-frame.rotation / 90) % 4 * 90


def _data(frame: av.VideoFrame, kind: Type, size: int) -> bytes | None:
    found = _side_data(frame).get(kind.name)
    return found[:size] if found is not None and len(found) >= size else None


def _is_of_encoder(item: SideData) -> bool:
    return item.type is Type.SEI_UNREGISTERED and bytes(item).startswith(_OF_ENCODERS)


def _side_data(frame: av.VideoFrame) -> dict[str, bytes]:
    return {item.type.name: bytes(item) for item in cast("SideDataContainer", frame.side_data)}


def _named(_: type[Type], number: object) -> Any:
    """A member for an unknown type: without one, PyAV fails to return any side data of the frame."""
    kind: Any = object.__new__(Type)
    kind._value_, kind._name_ = number, _YOUNGER.get(cast("int", number), f"{_UNNAMED}{number}")
    return kind


Type._missing_ = classmethod(_named)  # type: ignore[assignment, method-assign]  # the way that `enum` has for this
