"""Types of fields that several documents share, with the bounds that keep them harmless."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

Segment = Annotated[
    str, Field(max_length=253, pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", json_schema_extra={"format": "name"})
]
"""A name that becomes one segment of a key: it never holds a slash, and is never `.` or `..`."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", json_schema_extra={"format": "SHA-256"})]
"""A digest in hexadecimal."""

Uri = Annotated[str, Field(min_length=1, max_length=16384, json_schema_extra={"format": "URI"})]
"""Of an object: `s3://bucket/key` or `file:///path`."""

Count = Annotated[int, Field(ge=0, lt=2**63)]
"""A number of things, or the place of one among them, counted from 0."""

Ticks = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A time in units of a time base."""

Milliseconds = Annotated[float, Field(ge=0)]
"""A duration."""

Time = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$", json_schema_extra={"format": "time"}
    ),
]
"""RFC 3339."""

_RATIONAL = re.compile(r"-?[0-9]{1,19}(/0{0,18}[1-9][0-9]{0,18})?")


def _ordered(value: tuple[int, int]) -> tuple[int, int]:
    if value[0] > value[1]:
        raise ValueError(f"begins at {value[0]}, after its end at {value[1]}")
    return value


def _relative(path: str) -> str:
    if "\0" in path or {"", ".", ".."} & set(path.split("/")):
        raise ValueError(f"{path!r} is no relative path: no segment may be empty, `.` or `..`")
    return path


def _fraction(value: Any) -> Any:
    """Exponents and zero denominators never reach Fraction: the one is a bomb, the other raises no ValueError."""
    if isinstance(value, str):
        if not _RATIONAL.fullmatch(value):
            raise ValueError('give a fraction such as "30000/1001"')
        return Fraction(value)
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value


Range = Annotated[tuple[Count, Count], AfterValidator(_ordered)]
"""Half-open: the first, and the one after the last."""

RelativePath = Annotated[
    str, Field(min_length=1, max_length=4096, json_schema_extra={"format": "path"}), AfterValidator(_relative)
]
"""Segments with slashes between them; it leads nowhere but down."""

Rational = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}", return_type=str, when_used="always"),
    WithJsonSchema({"type": "string", "format": "fraction"}),
]
"""A fraction of integers, written as `"30000/1001"`."""
