"""The scalar types of the specification: patterns that an API server understands, each with its meaning in words."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, Strict


def time_pattern(digits: int) -> str:
    """RFC 3339, with a zone, and seconds to so many digits. Which days there are is not a pattern's to say."""
    zone = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
    return rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,{digits}}})?{zone}$"


DNS_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
DECIMAL = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$"
FRACTION = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"
DURATION = r"^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$"
TIME = time_pattern(6)
ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
MODEL_NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
SUBDOMAIN = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
DATA_KEY = r"^[A-Za-z0-9._-]+$"
WEBHOOK = r"^https://[A-Za-z0-9\[][^\s\x00-\x1f\x7f]*$"
CODEC = r"^[a-z0-9][a-z0-9_]*$"
OPTION_NAME = r"^[a-z0-9][a-z0-9_-]*$"
OPTION_VALUE = r"^[A-Za-z0-9 _.,:;=+()|-]*$"
SHA256 = r"^[0-9a-f]{64}$"
CURRENCY = r"^[A-Z]{3}$"
LABEL_KEY = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
LABEL_VALUE = r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"
RESTRICTED_LABEL_KEY = r"^node-restriction\.kubernetes\.io/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
RESOURCE = r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$"

MEANING = {
    DNS_LABEL: "a name of lowercase letters, digits and dashes that starts and ends with a letter or digit",
    DECIMAL: 'a decimal in quotes such as "12.00"',
    FRACTION: 'a decimal from 0 to 1 in quotes such as "0.5"',
    DURATION: 'a duration of hours, minutes and seconds such as "30m" or "1h30m"',
    TIME: 'a time with its zone such as "2027-01-01T00:00:00Z"',
    ONE_LINE: "text on one line, without control characters",
    MODEL_NAME: "a name of letters, digits, dots, dashes and underscores that starts and ends with a letter or digit",
    SUBDOMAIN: "a name of lowercase letters, digits, dashes and dots that starts and ends with a letter or digit",
    DATA_KEY: "a name of letters, digits, dots, dashes and underscores",
    WEBHOOK: "an https:// URL",
    CODEC: "auto, a codec such as h264, or an FFmpeg encoder such as libx264",
    OPTION_NAME: "a name of lowercase letters, digits, dashes and underscores",
    OPTION_VALUE: "a value without slashes: an option names no file",
    SHA256: "the file's SHA-256 digest, 64 lowercase hexadecimal digits",
    CURRENCY: "a currency code of three capital letters such as USD",
    LABEL_KEY: "a label key such as hybridface.dev/pool",
    LABEL_VALUE: "a label value: letters, digits, dashes, underscores and dots",
    RESTRICTED_LABEL_KEY: "a label with the prefix node-restriction.kubernetes.io/, which a kubelet cannot set",
    RESOURCE: "a node resource such as nvidia.com/gpu",
}
"""What a pattern asks for, for the message where a value does not match."""

MAX_MODEL_NAME_LENGTH = 64


@lru_cache(maxsize=1024)
def seconds(duration: str) -> int:
    """The length of a duration such as `1h30m`. Remembered: a placement pass asks for the same few all over again."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", duration)
    if match is None:
        raise ValueError(f"{duration!r} is no duration")
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return (hours * 60 + minutes) * 60 + rest


def _longer_than_nothing(duration: str) -> str:
    if seconds(duration) == 0:
        raise ValueError(f"{duration!r}: must be longer than 0 s")
    return duration


def _on_the_calendar(time: str) -> str:
    try:
        datetime.fromisoformat(time)
    except ValueError as error:
        raise ValueError(f"{time!r}: not on the calendar: {error}") from None
    return time


Integer = Annotated[int, Strict()]
Boolean = Annotated[bool, Strict()]
Label = Annotated[str, Field(max_length=63, pattern=DNS_LABEL)]
Decimal = Annotated[str, Field(max_length=16, pattern=DECIMAL)]
Fraction = Annotated[str, Field(max_length=8, pattern=FRACTION)]
Duration = Annotated[str, Field(min_length=2, max_length=21, pattern=DURATION), AfterValidator(_longer_than_nothing)]
Time = Annotated[str, Field(max_length=32, pattern=TIME), AfterValidator(_on_the_calendar)]
Line = Annotated[str, Field(max_length=256, pattern=ONE_LINE)]
ModelName = Annotated[str, Field(max_length=MAX_MODEL_NAME_LENGTH, pattern=MODEL_NAME)]
