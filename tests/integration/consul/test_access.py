"""What a token may not do, against a real Consul that denies by default."""

from __future__ import annotations

import asyncio

import pytest
import urllib3

from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import ConsulForbidden, ConsulRefused
from hybridface_operator.consul_kv.follow import follow_policy, follow_prices
from hybridface_operator.consul_kv.price_book import Market
from hybridface_operator.consul_kv.publish import publish_policy, publish_price
from hybridface_operator.consul_kv.watch import Pace
from hybridface_operator.policy.quotes import Quote
from hybridface_worker.contract.reasons import Reason
from support.consul_documents import INVENTORY, POOLS, policy, quote
from support.consul_watching import Memory, following, settings_of

READ = 'key_prefix "{prefix}/" { policy = "read" }'
QUICK = Pace(wait_seconds=0.5)


def strip(server, token):
    """Takes every right from a token."""
    with urllib3.PoolManager(headers={"X-Consul-Token": server.token}) as http:
        mine = http.request("GET", f"{server.url}/v1/acl/token/self", headers={"X-Consul-Token": token}).json()
        url = f"{server.url}/v1/acl/token/{mine['AccessorID']}"
        changed = http.request("PUT", url, json={**mine, "Policies": []})
        assert changed.status == 200, changed.data


def test_a_token_without_key_read_is_told_so(settings_with):
    async def scenario():
        async with ConsulKV(settings_with('node_prefix "" { policy = "read" }')) as kv:
            with pytest.raises(ConsulForbidden, match="key:read"):
                await kv.read(kv.settings.policy_key)

    asyncio.run(scenario())


def test_a_reader_cannot_publish(settings_with):
    async def scenario():
        async with ConsulKV(settings_with(READ)) as kv:
            with pytest.raises(ConsulForbidden, match="key:write"):
                await publish_policy(kv, policy(), INVENTORY)

    asyncio.run(scenario())


def test_the_token_that_is_given_wins_over_that_of_the_environment(settings_with, consul, monkeypatch):
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", consul.token)

    async def scenario():
        for settings in (settings_with('node_prefix "" { policy = "read" }'), settings_of(consul, "")):
            async with ConsulKV(settings) as kv:
                with pytest.raises(ConsulForbidden):
                    await kv.read(kv.settings.policy_key)

    asyncio.run(scenario())


def test_a_token_that_consul_does_not_know_is_no_absence(consul):
    async def scenario():
        async with ConsulKV(settings_of(consul, "8b4dd2ec-4f7c-4b43-b9fb-0a7dd5a4a1a5")) as kv:
            with pytest.raises(ConsulForbidden, match="ACL not found"):
                await kv.read("hybridface/prices/", recurse=True)

    asyncio.run(scenario())


def test_a_policy_that_is_hidden_while_it_is_watched_stays_in_force(settings, settings_with, consul):
    async def scenario():
        reader = settings_with(READ)
        async with ConsulKV(settings) as publisher, ConsulKV(reader) as kv:
            await publish_policy(publisher, policy(), INVENTORY)
            async with following(follow_policy(kv, INVENTORY, Memory(), QUICK)) as states:
                await states.until(lambda state: state.policy)
                await asyncio.to_thread(strip, consul, reader.token)
                state = await states.until(lambda state: state.refused)
                assert state.policy == policy()
                assert state.connected
                assert state.refused
                assert state.refused.reason is Reason.NO_POLICY
                assert f"key:read on {settings.policy_key}" in state.refused.message

    asyncio.run(scenario())


def test_prices_that_are_hidden_while_they_are_watched_are_not_deleted(settings, settings_with, consul):
    async def scenario():
        reader = settings_with(READ)
        market = Market(settings.prices_prefix, POOLS, policy())
        async with ConsulKV(settings) as publisher, ConsulKV(reader) as kv:
            await publish_price(publisher, "aws-spot", Quote.from_bytes(quote(), "test"))
            async with following(follow_prices(kv, lambda: market, QUICK)) as books:
                believed = (await books.until(lambda book: book.quotes)).quotes
                await asyncio.to_thread(strip, consul, reader.token)
                after = len(books.seen) + 3
                book = await books.until(lambda _: len(books.seen) >= after)
                assert book.quotes == believed

    asyncio.run(scenario())


def test_a_token_for_the_policy_alone_is_told_that_prices_are_hidden(settings, settings_with):
    async def scenario():
        market = Market(settings.prices_prefix, POOLS, policy())
        async with (
            ConsulKV(settings) as publisher,
            ConsulKV(settings_with('key "{prefix}/policy" { policy = "read" }')) as kv,
        ):
            await publish_price(publisher, "aws-spot", Quote.from_bytes(quote(), "test"))
            async with following(follow_prices(kv, lambda: market, QUICK)) as books:
                book = await books.until(lambda book: book.away)
                assert f"key:read on {settings.prices_prefix}" in book.away
                assert not book.quotes

    asyncio.run(scenario())


def test_consul_itself_takes_no_600_kilobytes(settings):
    async def scenario():
        async with ConsulKV(settings) as kv:
            with pytest.raises(ConsulRefused, match="524288"):
                await kv.write(settings.policy_key, b" " * 600_000, replacing=None)

    asyncio.run(scenario())
