"""Numbers as messages show them."""

from __future__ import annotations

import math
from decimal import Decimal

YEAR_SECONDS = 365 * 86_400


def span(seconds: float) -> str:
    """A length of time up to whole seconds, as a duration of the policy is written: `1h2m3s`."""
    if seconds > YEAR_SECONDS:
        return "more than a year"
    whole = math.ceil(max(seconds, 0))
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "m"), (whole % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def amount(money: Decimal) -> str:
    """Without exponents."""
    return f"{money:f}"


def several(number: int, thing: str) -> str:
    """`1 shard`, `2 shards`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
