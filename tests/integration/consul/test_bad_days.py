"""A Consul that is away, comes back, and comes back without its data. Each test has a server of its own."""

from __future__ import annotations

import asyncio

import pytest

from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import ConsulAway
from hybridface_operator.consul_kv.follow import follow_policy
from hybridface_operator.consul_kv.publish import publish_policy
from hybridface_operator.consul_kv.watch import Pace
from hybridface_worker.contract.reasons import Reason
from support import consul_server
from support.consul_documents import INVENTORY, policy
from support.consul_watching import Memory, following, settings_of

PACE = Pace(wait_seconds=10, chance=lambda: 0.1)


@pytest.fixture
def server(tmp_path):
    with consul_server.running(tmp_path) as running:
        yield running


async def publish(server, document):
    async with ConsulKV(settings_of(server)) as kv:
        return await publish_policy(kv, document, INVENTORY)


def test_a_server_that_is_killed_and_started_again_is_followed_as_before(server):
    async def scenario():
        await publish(server, policy("0.35"))
        async with (
            ConsulKV(settings_of(server)) as kv,
            following(follow_policy(kv, INVENTORY, Memory(), PACE)) as states,
        ):
            before = await states.until(lambda state: state.policy)
            server.stop()
            away = await states.until(lambda state: not state.connected)
            assert (away.policy, away.refused, away.revision) == (before.policy, None, before.revision)
            server.start()
            back = await states.until(lambda state: state.connected)
            assert (back.policy, back.accepted_at) == (before.policy, before.accepted_at)
            second = await publish(server, policy("0.50"))
            state = await states.until(lambda state: state.revision == second.revision)
            assert state.policy == policy("0.50")

    asyncio.run(scenario())


async def write_much(server):
    """So that the server's index is far ahead of what a new one begins with."""
    async with ConsulKV(settings_of(server)) as kv:
        for number in range(200):
            await kv.write("other", b"%d" % number, replacing=None)


@pytest.mark.parametrize("noticed", [True, False], ids=["seen to be away", "back before anybody asked"])
def test_a_server_that_lost_its_data_takes_nothing_away_and_its_new_indexes_are_followed(server, noticed):
    async def scenario():
        await write_much(server)
        first = await publish(server, policy("0.35"))
        pace = Pace(wait_seconds=1, chance=lambda: 0.1)
        async with (
            ConsulKV(settings_of(server)) as kv,
            following(follow_policy(kv, INVENTORY, Memory(), pace)) as states,
        ):
            await states.until(lambda state: state.policy)
            server.stop()
            if noticed:
                await states.until(lambda state: state.away)
            server.wipe()
            server.start()
            state = await states.until(lambda state: state.refused)
            assert state.refused
            assert state.refused.reason is Reason.NO_POLICY
            assert (state.policy, state.revision) == (policy("0.35"), first.revision)
            second = await publish(server, policy("0.50"))
            assert second.revision < first.revision
            state = await states.until(lambda state: state.revision == second.revision)
            assert (state.policy, state.refused) == (policy("0.50"), None)

    asyncio.run(scenario())


def test_with_consul_away_at_the_start_the_policy_that_was_kept_is_in_force(server):
    async def scenario():
        memory = Memory()
        await publish(server, policy("0.35"))
        async with (
            ConsulKV(settings_of(server)) as kv,
            following(follow_policy(kv, INVENTORY, memory, PACE)) as states,
        ):
            await states.until(lambda state: state.policy)
        server.stop()
        async with (
            ConsulKV(settings_of(server)) as kv,
            following(follow_policy(kv, INVENTORY, memory, PACE)) as states,
        ):
            state = await states.until(lambda state: state.away)
            assert state.policy == policy("0.35")
            assert states.seen[0].policy == policy("0.35")
            server.start()
            state = await states.until(lambda state: state.connected)
            assert state.accepted_at == states.seen[0].accepted_at

    asyncio.run(scenario())


def test_with_consul_away_at_the_first_start_of_all_there_is_no_policy_until_it_comes(server):
    async def scenario():
        await publish(server, policy())
        server.stop()
        async with (
            ConsulKV(settings_of(server)) as kv,
            following(follow_policy(kv, INVENTORY, Memory(), PACE)) as states,
        ):
            assert (await states.until(lambda state: state.away)).policy is None
            server.start()
            await states.until(lambda state: state.policy)

    asyncio.run(scenario())


def test_who_writes_to_a_server_that_is_away_is_told_so(server):
    server.stop()
    with pytest.raises(ConsulAway, match=server.url):
        asyncio.run(publish(server, policy()))
