"""What decides where and whether a job runs: who allowed it, what it may cost, which pools, whom to tell."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from .model import SpecModel
from .types import DATA_KEY, SUBDOMAIN, WEBHOOK, Decimal, Label, Line, Time


class Consent(SpecModel):
    """The consent that the job relies on."""

    reference: Annotated[Line, Field(min_length=1)]
    """Where the consent of the people shown is on file, such as a contract number."""
    expires: Time | None = None
    """When the consent expires; absent means never. Afterwards nothing is processed or published."""

    def expired(self, now: datetime) -> str | None:
        """What is to be said once it holds no more."""
        if self.expires is None or datetime.fromisoformat(self.expires) > now:
            return None
        return f"consent {self.reference!r} expired on {self.expires}; nothing is processed or published without it"


class Budget(SpecModel):
    """Limits on price and cost, in the policy's currency."""

    max_price_per_gpu_hour: Decimal | None = None
    """Pools with a higher or unknown price are not used."""
    max_cost: Decimal | None = None
    """The job is held once it has cost this much. With 0, only pools whose price is 0 are used."""

    @property
    def highest_price(self) -> str | None:
        """What a GPU-hour may cost. A job that may cost nothing goes only where one costs nothing."""
        nothing = self.max_cost is not None and float(self.max_cost) == 0
        return "0" if nothing else self.max_price_per_gpu_hour


class Placement(SpecModel):
    """Restricts the pools that the job may use."""

    allowed_pools: Annotated[tuple[Label, ...], Field(min_length=1, max_length=32)]
    """The only pools that the job may use, among those that the policy allows."""


class SecretRef(SpecModel):
    """A key of a Secret in the job's namespace."""

    name: Annotated[str, Field(min_length=1, max_length=253, pattern=SUBDOMAIN)]
    """The Secret."""
    key: Annotated[str, Field(min_length=1, max_length=253, pattern=DATA_KEY)] = "token"
    """The key within it."""


class Webhook(SpecModel):
    """A URL that is notified when the job ends."""

    url: Annotated[str, Field(max_length=1024, pattern=WEBHOOK)]
    """URL that gets a POST with the job's result as JSON."""
    secret_ref: SecretRef | None = None
    """Key that signs the message, so that the receiver can verify the sender."""


class Notify(SpecModel):
    """Notification when the job ends."""

    webhook: Webhook | None = None
    """The webhook to call."""
