"""What decides where and whether a job runs: who allowed it, what it may cost, which pools, whom to tell."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .model import SpecModel
from .types import DATA_KEY, SUBDOMAIN, WEBHOOK, Decimal, Label, Line, Time


class Consent(SpecModel):
    """Who allowed it."""

    reference: Annotated[Line, Field(min_length=1)]
    """Where the consent of the people shown is on file, such as a contract's number."""
    expires: Time | None = None
    """Until when it holds; absent means that it does not end. Nothing is begun or published afterwards."""


class Budget(SpecModel):
    """What it may cost, in the currency of the policy."""

    max_price_per_gpu_hour: Decimal | None = None
    """A pool whose price is above it, or not known, is not used."""
    max_cost: Decimal | None = None
    """No more work is begun once the job has cost this much."""


class Placement(SpecModel):
    """Where it may run."""

    allowed_pools: Annotated[tuple[Label, ...], Field(min_length=1, max_length=32)]
    """Only these pools: narrows what the policy allows, never widens it."""


class SecretRef(SpecModel):
    """A key of a Secret in the job's namespace."""

    name: Annotated[str, Field(min_length=1, max_length=253, pattern=SUBDOMAIN)]
    """The Secret."""
    key: Annotated[str, Field(min_length=1, max_length=253, pattern=DATA_KEY)] = "token"
    """The key within it."""


class Webhook(SpecModel):
    """An address that is told how the job ended."""

    url: Annotated[str, Field(max_length=1024, pattern=WEBHOOK)]
    """It gets a POST with the job's result as JSON."""
    secret_ref: SecretRef | None = None
    """Signs the message, so that the receiver can tell who sent it."""


class Notify(SpecModel):
    """Who is told how the job ended."""

    webhook: Webhook | None = None
    """An address on the web."""
