"""The protobuf wire format (protobuf.dev, "Encoding"), as far as it is needed to look into a message.

Nothing is copied: of a memory-mapped model of half a gigabyte only the pages with keys are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

Message = bytes | memoryview

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """One field of a message."""

    number: int
    raw: Message
    """Its whole encoding."""
    content: Message
    """Of a length-delimited one; empty otherwise."""
    value: int
    """Of a varint; 0 otherwise."""


def fields(message: Message) -> Iterator[Field]:
    """The fields of a message, in order. Raises ValueError where it is none."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        kind, value, content = key & 7, 0, message[:0]
        if kind == _VARINT:
            value, at = _read_varint(message, at)
        elif kind == _BYTES:
            length, at = _read_varint(message, at)
            content, at = message[at : at + length], at + length
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"not a protobuf message: wire type {kind} at byte {start}")
        if at > len(message):
            raise ValueError(f"not a protobuf message: the field at byte {start} goes beyond the end")
        yield Field(key >> 3, message[start:at], content, value)


def integers(message: Message) -> Iterator[int]:
    """The numbers of a packed repeated field."""
    at = 0
    while at < len(message):
        value, at = _read_varint(message, at)
        yield value


def length_delimited(number: int, value: Message) -> bytes:
    """The encoding of a length-delimited field."""
    return varint(number << 3 | _BYTES) + varint(len(value)) + value


def varint_field(number: int, value: int) -> bytes:
    """The encoding of a varint field, for numbers that are not negative."""
    return varint(number << 3 | _VARINT) + varint(value)


def varint(value: int) -> bytes:
    """The varint encoding of a number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(message: Message, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("not a protobuf message: it ends within a number")
