"""A dated quote of a pool's price: `hybridface/prices/<pool>` in Consul."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hybridface_worker.contract.document import Document

from .types import Currency, Moment, Money


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
