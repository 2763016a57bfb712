"""Dated quotes of pools' prices, and which are evidence: fresh, not from the future, in the policy's currency.

Each is a document in Consul, at `hybridface/prices/<pool>`. No caps are known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from hybridface_operator.spec.types import seconds
from hybridface_worker.contract.document import Document
from hybridface_worker.contract.reasons import Reason

from .policy import Policy
from .types import Currency, Moment, Money, moment
from .words import span

CLOCK_SKEW = timedelta(seconds=60)
"""So far may the clock of who quoted, or of an operator before this one, run ahead."""


class Quote(Document):
    """What a GPU-hour cost when somebody looked."""

    price: Money
    """Per GPU-hour."""
    currency: Currency
    """Has to be the policy's."""
    observed_at: Moment
    """When it was looked up. A quote from the future is not believed."""
    source: Annotated[str, Field(min_length=1, max_length=256)]
    """Who says so."""


@dataclass(frozen=True)
class QuoteVerdict:
    """What a quote is worth at a time."""

    price: Decimal | None
    """Per GPU-hour in the policy's currency; None where it is not known."""
    reason: Reason
    """`Fits`, `PriceTooOld` or `PriceUnknown`."""
    message: str
    """The same in words, with the numbers that it rests on."""


def judge_quote(quote: Quote | None, policy: Policy, now: datetime) -> QuoteVerdict:
    """The price that a quote proves at `now`, which has a zone; without proof there is none."""
    if quote is None:
        return _unknown("its price is unknown; publish a valid quote")
    if quote.currency != policy.currency:
        return _unknown(f"its price is quoted in {quote.currency}, the policy counts in {policy.currency}")
    age = now - moment(quote.observed_at)
    if age < -CLOCK_SKEW:
        ahead = span(-age.total_seconds())
        return _unknown(f"its price was observed at {quote.observed_at}, {ahead} in the future; see to the clocks")
    if age > timedelta(seconds=seconds(policy.limits.price_max_age)):
        old, most = span(age.total_seconds()), policy.limits.price_max_age
        message = f"its price is {old} old, at most {most} is believed; publish a new one"
        return QuoteVerdict(None, Reason.PRICE_TOO_OLD, message)
    known = f"{quote.price} {quote.currency} per GPU-hour, {span(age.total_seconds())} old"
    return QuoteVerdict(quote.price, Reason.FITS, known)


def _unknown(message: str) -> QuoteVerdict:
    return QuoteVerdict(None, Reason.PRICE_UNKNOWN, message)
