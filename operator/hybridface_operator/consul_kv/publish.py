"""Writes policy and prices, and shows what is stored. Nothing that does not validate is ever written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.legacy import is_older
from hybridface_operator.policy.load import MAX_POLICY_BYTES, parse_policy
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.reading import json_text, read
from hybridface_operator.spec.problems import Problem, SpecError

from .answer import Entry
from .errors import ConsulRefused, Overtaken

if TYPE_CHECKING:
    from .client import ConsulKV  # it is slow to import


@dataclass(frozen=True)
class Published:
    """A policy that Consul holds."""

    key: str
    revision: int
    """Consul's index when it was written."""
    sha256: str
    """The digest of its canonical encoding."""
    written: bool
    """False where Consul held the same already."""


@dataclass(frozen=True)
class Stored:
    """What Consul holds where the policy belongs."""

    key: str
    revision: int
    policy: Policy | None
    """None where it does not validate."""
    problem: str = ""
    """Why it does not."""


async def publish_policy(kv: ConsulKV, policy: Policy, inventory: Inventory) -> Published:
    """Replaces the policy, unless somebody else does so at the same time.

    Raises:
        SpecError: who follows the policy would refuse it.
        Overtaken: the document changed between reading and writing; it was left as it is.
        ConsulError: Consul is away or does not allow it.
    """
    before = await _read(kv, kv.settings.policy_key)
    return await _published(kv, policy, inventory, before)


async def publish_first_policy(kv: ConsulKV, policy: Policy, inventory: Inventory) -> Published | None:
    """Puts the policy where there is none yet; None where there is another, which stays. Raises as `publish_policy`."""
    before = await _read(kv, kv.settings.policy_key)
    if before and before.value != policy.to_bytes():
        return None
    return await _published(kv, policy, inventory, before)


async def _published(kv: ConsulKV, policy: Policy, inventory: Inventory, before: Entry | None) -> Published:
    key, document = kv.settings.policy_key, policy.to_bytes()
    parse_policy(document, key, inventory)
    if before and before.value == document:
        return Published(key, before.modify_index, policy.digest(), written=False)
    index = before.modify_index if before else 0
    written = await kv.write(key, document, replacing=index)
    after = await _read(kv, key)
    if not written:
        raise Overtaken(
            f"{key} was at index {index} when it was read and somebody else changed it ({_now_at(after)}); nothing was "
            "written: look at `hybridface policy show`, and publish again"
        )
    if after is None or after.value != document:
        raise Overtaken(
            f"{key} was written, and somebody else changed it right after ({_now_at(after)}): look at "
            "`hybridface policy show`"
        )
    return Published(key, after.modify_index, policy.digest(), written=True)


async def stored_policy(kv: ConsulKV, inventory: Inventory | None) -> Stored | None:
    """What Consul holds, None where it holds nothing; without an inventory only its schema is judged.

    Raises:
        ConsulError: Consul is away or does not allow it.
    """
    entry = await _read(kv, kv.settings.policy_key)
    if entry is None:
        return None
    try:
        return Stored(entry.key, entry.modify_index, _parsed(entry, inventory))
    except SpecError as error:
        return Stored(entry.key, entry.modify_index, None, str(error))


async def publish_price(kv: ConsulKV, pool: str, quote: Quote) -> str:
    """Replaces a pool's quote; of two at the same time the later one stays. Returns its key. Raises ConsulError."""
    key = kv.settings.prices_prefix + pool
    if not await kv.write(key, quote.to_bytes(), replacing=None):
        raise ConsulRefused(f"Consul at {kv.settings.address} did not write {key}, and does not say why: try again")
    return key


def _parsed(entry: Entry, inventory: Inventory | None) -> Policy:
    if inventory is not None:
        return parse_policy(entry.value, entry.key, inventory)
    text = json_text(entry.value, entry.key, MAX_POLICY_BYTES)
    if is_older(text.value):
        raise SpecError([Problem("has the older form, which names no pools: give --pools", file=entry.key)])
    return read(Policy, text)


async def _read(kv: ConsulKV, key: str) -> Entry | None:
    return (await kv.read(key, consistent=True)).entries.get(key)


def _now_at(entry: Entry | None) -> str:
    return f"it is at index {entry.modify_index} now" if entry else "it is gone now"
