"""Types that inventory, policy, grants and prices share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from hybridface_operator.spec.problems import shown
from hybridface_operator.spec.types import CURRENCY, DECIMAL, DNS_LABEL, DURATION, MEANING, TIME, seconds, time_pattern

PoolName = Annotated[str, Field(min_length=1, max_length=63, pattern=DNS_LABEL)]
Currency = Annotated[str, Field(pattern=CURRENCY)]
"""ISO 4217, such as `USD`."""
Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
"""Lowest first."""

_TIME = time_pattern(9)
"""To the nanosecond, as many programs write it."""


class Sensitivity(StrEnum):
    """Who may see the data."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        """Higher is more sensitive."""
        return list(Sensitivity).index(self)


def most_sensitive(*levels: Sensitivity) -> Sensitivity:
    """The strictest of them."""
    return max(levels, key=lambda level: level.rank)


def moment(time: str) -> datetime:
    """The instant of an RFC 3339 time. Raises ValueError where it is not on the calendar."""
    return datetime.fromisoformat(time)


def written(time: datetime) -> str:
    """The instant in UTC, RFC 3339, as `moment` reads it."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _is_time(time: str) -> str:
    if not re.fullmatch(_TIME, time):
        raise ValueError(f"must be {MEANING[TIME]}, found {shown(time)}")
    try:
        moment(time)
    except ValueError as error:
        raise ValueError(f"{time!r}: not on the calendar: {error}") from None
    return time


def _money(value: Any) -> Any:
    """Decimal itself would read "NaN", "1_0" and " 1 " too."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(DECIMAL, value):
        raise ValueError(f"must be {MEANING[DECIMAL]}, found {shown(value)}")
    return Decimal(value)


def _is_duration(text: str) -> str:
    seconds(text)
    return text


Environment = Annotated[
    dict[Annotated[str, Field(pattern=r"^HYBRIDFACE_[A-Z0-9_]+$")], Annotated[str, Field(max_length=1024)]],
    Field(max_length=32),
]
"""Settings of a program, by the names of its environment variables."""

Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=15, decimal_places=6),
    BeforeValidator(_money),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "decimal", "pattern": DECIMAL}),
]
"""An amount in the policy's one currency, written as a string."""

Span = Annotated[
    str,
    Field(min_length=2, max_length=21, pattern=DURATION, json_schema_extra={"format": "duration"}),
    AfterValidator(_is_duration),
]
"""A length of time such as `1h30m`; `spec.types.seconds` counts it."""

Moment = Annotated[
    str, AfterValidator(_is_time), WithJsonSchema({"type": "string", "format": "time", "pattern": _TIME})
]
"""A time of the calendar, RFC 3339; `moment` reads it."""
