"""Whether a file is complete: containers declare the sizes of their parts, which are compared with the file's size.

Reads a few headers alone, so that a truncated file is found before any demuxer guesses at what is missing.
"""

from __future__ import annotations

from typing import BinaryIO

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

from .boxes import boxes
from .open import QUICKTIME

_SEGMENT_ID = b"\x18\x53\x80\x67"


def file_size(file: BinaryIO) -> int:
    """Bytes of the file. Rewinds it."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def check_whole(file: BinaryIO, container: Container) -> None:
    """Checks that nothing is missing at the end. Rewinds the file.

    Raises:
        InputRefused: INPUT_TRUNCATED, with the size that was found and the one declared.
    """
    size = file_size(file)
    if container in QUICKTIME:
        _check_boxes(file, size)
    else:
        _check_segment(file, size)
    file.seek(0)


def _check_boxes(file: BinaryIO, size: int) -> None:
    kinds = set()
    for box in boxes(file, 0, size):
        kinds.add(box.kind)
        if box.end > size:
            raise truncated(
                f"its `{box.kind}` box at byte {box.start} ends at byte {box.end}, and the file has only {size} bytes"
            )
    if "moov" not in kinds:
        raise truncated("it has no `moov` box, which a recorder writes last: the recording was not finished")


def _check_segment(file: BinaryIO, size: int) -> None:
    """The Segment of RFC 9559 after the EBML header; a size of all ones is unknown, as live recordings have it."""
    file.seek(0)
    head = file.read(64)
    _, body = _vint(head, 4)
    at = body + _vint(head, 4)[0]
    file.seek(at)
    head = file.read(16)
    if not head.startswith(_SEGMENT_ID) or len(head) < 5:
        raise truncated("it ends before its Segment begins")
    length, body = _vint(head, 4)
    unknown = length == (1 << 7 * (body - 4)) - 1
    if not unknown and at + body + length > size:
        raise truncated(f"its Segment ends at byte {at + body + length}, and the file has only {size} bytes")


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """A variable-size integer of RFC 8794, 4: its value and the position after it."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    if length > 8:
        raise truncated("the size of its first element is damaged")
    value = first & (0xFF >> length)
    for byte in data[at + 1 : at + length]:
        value = value << 8 | byte
    return value, at + length


def truncated(what: str) -> InputRefused:
    """INPUT_TRUNCATED, with what is missing."""
    return InputRefused(Reason.INPUT_TRUNCATED, f"the file is cut short: {what}; upload it again")
