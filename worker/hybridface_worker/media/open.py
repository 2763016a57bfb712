"""Opens a video for reading: with one demuxer, from one file object; nothing that a file refers to is opened."""

from __future__ import annotations

from typing import Any, BinaryIO

import av
from av.container import InputContainer

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits

READ_BYTES = 1 << 18
TAG_ERRORS = "surrogateescape"
"""Tags that are not UTF-8 are copied unchanged, by reading and writing them with this handler."""
_GENERATE_PTS = 0x0001
"""AVFMT_FLAG_GENPTS, which PyAV sets."""

QUICKTIME = frozenset({Container.MP4, Container.MOV})
"""Containers made of boxes (ISO/IEC 14496-12)."""
_DEMUXERS = {Container.MP4: "mov", Container.MOV: "mov", Container.MKV: "matroska", Container.WEBM: "matroska"}


def as_probed(info: VideoInfo) -> Limits:
    """Limits for a video that Probe has accepted, with a margin: decoders count padded sizes."""
    return Limits(max_pixels=max(Limits().max_pixels, (info.width + 64) * (info.height + 64)))


def open_video(file: BinaryIO, container: Container, limits: Limits) -> InputContainer:
    """Opens `file` from its start. The result is a context manager; closing it leaves `file` open.

    Edit lists are applied as players do. Missing timestamps are not made up.

    Raises:
        InputRefused: INPUT_UNREADABLE where the demuxer cannot make sense of the file.
    """
    file.seek(0)
    try:
        opened = av.open(
            file,
            "r",
            format=_DEMUXERS[container],
            options=_options(container, limits),
            metadata_errors=TAG_ERRORS,
            buffer_size=READ_BYTES,
            io_open=_open_nothing,
        )
    except (av.FFmpegError, ValueError) as error:
        raise InputRefused(
            Reason.INPUT_UNREADABLE, f"the {container.upper()} file is damaged where it describes its tracks ({error})"
        ) from None
    opened.flags &= ~_GENERATE_PTS
    return opened


def legible(tag: str) -> str:
    """A tag for messages and documents: bytes that are not UTF-8 become U+FFFD."""
    return tag.encode(errors=TAG_ERRORS).decode(errors="replace")


def _options(container: Container, limits: Limits) -> dict[str, str]:
    options = {
        "protocol_whitelist": "none",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
        "max_pixels": str(limits.max_pixels),
        "probesize": "5000000",
        "analyzeduration": "5000000",
        "fpsprobesize": "0",
    }
    if _DEMUXERS[container] == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    return options


def _open_nothing(url: str, _flags: int, _options: dict[str, str]) -> Any:
    """FFmpeg calls this for every further file that a demuxer wants to open."""
    raise InputRefused(Reason.FORMAT_NOT_ALLOWED, f"the file refers to another file, {url!r}, which is not opened")
