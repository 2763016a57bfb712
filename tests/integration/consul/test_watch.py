"""Policies as they are seen through a real Consul, on good days."""

from __future__ import annotations

import asyncio

from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.follow import follow_policy, follow_prices
from hybridface_operator.consul_kv.price_book import Market
from hybridface_operator.consul_kv.publish import publish_policy, publish_price
from hybridface_operator.consul_kv.watch import Pace
from hybridface_operator.policy.quotes import Quote
from hybridface_worker.contract.reasons import Reason
from support.consul_documents import INVENTORY, POOLS, policy, quote
from support.consul_watching import CountedKV, Memory, following, remove

PACE = Pace(wait_seconds=30)


def refused_at(revision):
    return lambda state: state.refused and state.refused.revision == revision


def test_a_published_policy_is_in_force_after_one_round_trip_without_polling(settings):
    async def scenario():
        async with CountedKV(settings) as watcher, ConsulKV(settings) as publisher:
            first = await publish_policy(publisher, policy("0.35"), INVENTORY)
            async with following(follow_policy(watcher, INVENTORY, Memory(), PACE)) as states:
                await states.until(lambda state: state.revision == first.revision)
                await asyncio.sleep(1.5)
                assert [request["index"] for request in watcher.requests] == [0, first.revision]
                second = await publish_policy(publisher, policy("0.50"), INVENTORY)
                state = await states.until(lambda state: state.revision == second.revision)
                assert state.policy == policy("0.50")
                assert state.sha256 == second.sha256
                # At most the next question is under way: none was needed to see the change but the one that waited.
                assert len(watcher.requests) <= 3
                assert len(states.seen) == 3

    asyncio.run(scenario())


def test_other_keys_do_not_wake_the_watch(settings):
    async def scenario():
        async with CountedKV(settings) as watcher, ConsulKV(settings) as publisher:
            await publish_policy(publisher, policy(), INVENTORY)
            async with following(follow_policy(watcher, INVENTORY, Memory(), PACE)) as states:
                await states.until(lambda state: state.policy)
                for number in range(20):
                    await publisher.write(f"{settings.prefix}/other", b"%d" % number, replacing=None)
                await asyncio.sleep(0.5)
                assert len(watcher.requests) == 2

    asyncio.run(scenario())


def test_writes_beside_a_policy_that_is_not_there_do_not_make_the_watch_spin(settings):
    async def scenario():
        async with CountedKV(settings) as watcher, ConsulKV(settings) as publisher:
            pace = Pace(wait_seconds=30, chance=lambda: 1.0)
            async with following(follow_policy(watcher, INVENTORY, Memory(), pace)) as states:
                await states.until(lambda state: state.refused)
                for number in range(200):
                    await publisher.write(f"{settings.prefix}/other", b"%d" % number, replacing=None)
                assert len(watcher.requests) < 12
                published = await publish_policy(publisher, policy(), INVENTORY)
                await states.until(lambda state: state.revision == published.revision)

    asyncio.run(scenario())


def test_deleting_is_confirmed_by_one_consistent_read_and_leaves_the_policy_in_force(settings):
    async def scenario():
        async with CountedKV(settings) as watcher, ConsulKV(settings) as publisher:
            await publish_policy(publisher, policy(), INVENTORY)
            async with following(follow_policy(watcher, INVENTORY, Memory(), PACE)) as states:
                await states.until(lambda state: state.policy)
                await remove(settings, settings.policy_key)
                state = await states.until(lambda state: state.refused)
                assert state.refused
                assert state.refused.reason is Reason.NO_POLICY
                assert state.policy == policy()
                assert [request["consistent"] for request in watcher.requests[:3]] == [False, False, True]
                again = await publish_policy(publisher, policy("0.20"), INVENTORY)
                state = await states.until(lambda state: state.revision == again.revision)
                assert state.refused is None

    asyncio.run(scenario())


def test_an_emptied_and_a_broken_document_are_refused_with_their_revision(settings):
    async def scenario():
        async with ConsulKV(settings) as watcher, ConsulKV(settings) as other:
            good = await publish_policy(other, policy(), INVENTORY)
            async with following(follow_policy(watcher, INVENTORY, Memory(), PACE)) as states:
                await states.until(lambda state: state.policy)
                for value, reason in ((b"", Reason.NO_POLICY), (b'{"default": 1}', Reason.POLICY_REFUSED)):
                    await other.write(settings.policy_key, value, replacing=None)
                    written = (await other.read(settings.policy_key)).index
                    state = await states.until(refused_at(written))
                    assert state.refused
                    assert state.refused.reason is reason
                    assert (state.policy, state.revision) == (policy(), good.revision)

    asyncio.run(scenario())


def test_prices_come_and_go_and_a_wrong_one_is_reported(settings):
    async def scenario():
        async with ConsulKV(settings) as watcher, ConsulKV(settings) as publisher:
            market = Market(settings.prices_prefix, POOLS, policy())
            async with following(follow_prices(watcher, lambda: market, PACE)) as books:
                first = Quote.from_bytes(quote("0.31"), "test")
                key = await publish_price(publisher, "aws-spot", first)
                await books.until(lambda book: book.quotes.get("aws-spot") == first)
                await publisher.write(key, quote("NaN"), replacing=None)
                book = await books.until(lambda book: book.problems)
                assert book.quotes["aws-spot"] == first
                await remove(settings, key)
                await books.until(lambda book: not book.quotes and not book.problems)

    asyncio.run(scenario())
