"""Follows policy and prices in Consul: observations go to the pure cores, states come out, the last policy is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol

import structlog

from hybridface_operator.errors import OperatorError
from hybridface_operator.policy.inventory import Inventory
from hybridface_worker.contract.document import DocumentError

from . import policy_state, price_book
from .client import ConsulKV
from .policy_state import KeptPolicy, PolicyState
from .price_book import Market, PriceBook
from .watch import Pace, watch

log = structlog.get_logger()


class Memory(Protocol):
    """Where the last good policy is kept across restarts."""

    async def recall(self) -> bytes | None:
        """The document kept last, None where there is none. Raises OperatorError."""

    async def keep(self, document: bytes) -> None:
        """Replaces it. Raises OperatorError."""


async def follow_policy(
    kv: ConsulKV, inventory: Inventory, memory: Memory, pace: Pace | None = None
) -> AsyncIterator[PolicyState]:
    """The state at the start, as it was kept, and then the state after every observation, for ever.

    What cannot be kept is tried again with the next observation: it is in force all the same.

    Raises:
        OperatorError: at the start, where what was kept cannot be recalled now. To go on would be to forget it.
    """
    kept = await _recalled(memory)
    state = policy_state.restored(kept) if kept else PolicyState()
    yield state
    key = kv.settings.policy_key
    async for observation in watch(kv, key, pace=pace):
        state = policy_state.observed(state, observation, key, inventory)
        yield state
        kept = await _kept(memory, kept, state.kept())


async def follow_prices(
    kv: ConsulKV, market: Callable[[], Market], pace: Pace | None = None
) -> AsyncIterator[PriceBook]:
    """The book after every observation, for ever; `market` says by what quotes are judged now."""
    book = PriceBook()
    async for observation in watch(kv, kv.settings.prices_prefix, recurse=True, pace=pace):
        book = price_book.observed(book, observation, market())
        yield book


async def _recalled(memory: Memory) -> KeptPolicy | None:
    data = await memory.recall()
    try:
        return KeptPolicy.from_bytes(data, "the last good policy") if data else None
    except DocumentError as error:
        log.warning("policy.not_recalled", why=str(error))
        return None


async def _kept(memory: Memory, before: KeptPolicy | None, now: KeptPolicy | None) -> KeptPolicy | None:
    """What the memory holds afterwards."""
    if now is None or now == before:
        return before
    try:
        await memory.keep(now.to_bytes())
    except OperatorError as error:
        log.warning("policy.not_kept", why=str(error))
        return before
    return now
