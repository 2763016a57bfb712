"""Which quotes are believed, and what is wrong with the others. Observations in, books out: no clock, no network.

A quote that is wrong is reported and never believed; the one before it stays, and ages like any other. Whether a quote
is fresh enough is asked anew at every decision, not here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from hybridface_operator.policy.load import parse_quote
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote, judge_quote
from hybridface_operator.spec.problems import SpecError
from hybridface_worker.contract.reasons import Reason

from .answer import Entry
from .observation import Away, Hidden, Observation, Seen


@dataclass(frozen=True)
class Market:
    """What quotes are judged by."""

    prefix: str
    """The pool's name follows it in a key."""
    pools: Collection[str]
    """Those of the inventory."""
    policy: Policy | None
    """In force: it names the currency. Without one, no currency is wrong."""


@dataclass(frozen=True)
class PriceBook:
    """What is known of prices."""

    quotes: Mapping[str, Quote] = field(default_factory=dict)
    """The last good quote of each pool that has one."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with what is stored, by what follows the prefix: a pool, or a name that is none."""
    stored: Mapping[str, Entry] = field(default_factory=dict)
    """As it was last seen, by what follows the prefix."""
    filtered: bool = False
    """Whether Consul kept some back when they were last seen: there may be quotes that the token may not read."""
    away: str = ""
    """Why quotes cannot be read, or not all of them; empty while they can."""
    last_contact: datetime | None = None
    """When Consul was last heard."""


def observed(book: PriceBook, observation: Observation, market: Market) -> PriceBook:
    """The book after an observation of the prefix. Every observation is an occasion to judge by the market of now."""
    if isinstance(observation, Away):
        return replace(book, away=observation.why)
    book = replace(book, last_contact=observation.at)
    if isinstance(observation, Hidden):
        return replace(book, away=_hidden(observation.why, market))
    stored, filtered = book.stored, book.filtered
    if isinstance(observation, Seen):
        filtered = observation.filtered
        seen = {key.removeprefix(market.prefix): entry for key, entry in observation.entries.items()}
        stored = {**book.stored, **seen} if observation.filtered else seen
    quotes, problems = _judged({name: entry for name, entry in stored.items() if name}, book, market, observation.at)
    away = _hidden("Consul keeps some of them back", market) if filtered else ""
    return replace(book, quotes=quotes, problems=problems, stored=stored, filtered=filtered, away=away)


def _hidden(why: str, market: Market) -> str:
    return f"prices are hidden: {why}; give the operator's token key:read on {market.prefix}"


def _judged(
    stored: Mapping[str, Entry], book: PriceBook, market: Market, now: datetime
) -> tuple[dict[str, Quote], dict[str, str]]:
    quotes, problems = {}, {}
    for name, entry in sorted(stored.items()):
        if name not in market.pools:
            problems[name] = f"{entry.key}: the inventory has no pool {name!r}"
            continue
        quote, problem = _read(entry, market.policy, now)
        if problem:
            problems[name] = problem
        before = book.quotes.get(name)
        if quote is None and before and not _doubt(before, market.policy, now):
            quote = before
        if quote:
            quotes[name] = quote
    return quotes, problems


def _read(entry: Entry, policy: Policy | None, now: datetime) -> tuple[Quote | None, str]:
    """The quote, or what is wrong with it."""
    try:
        quote = parse_quote(entry.value, entry.key)
    except SpecError as error:
        return None, str(error)
    if doubt := _doubt(quote, policy, now):
        return None, f"{entry.key}: {doubt}"
    return quote, ""


def _doubt(quote: Quote, policy: Policy | None, now: datetime) -> str:
    """Why a quote proves nothing, however old it is; empty where it does."""
    if policy is None:
        return ""
    verdict = judge_quote(quote, policy, now)
    return verdict.message if verdict.reason is Reason.PRICE_UNKNOWN else ""
