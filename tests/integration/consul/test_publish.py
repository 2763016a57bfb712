"""Publishing by compare-and-set: nobody's change is overwritten, and nothing wrong is ever written."""

from __future__ import annotations

import asyncio

import pytest

from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import Overtaken
from hybridface_operator.consul_kv.publish import publish_policy, stored_policy
from hybridface_operator.spec.problems import SpecError
from support.consul_documents import INVENTORY, policy
from support.consul_watching import remove


class Overtaking(ConsulKV):
    """Between reading and writing, somebody else changes the document."""

    def __init__(self, settings, change):
        super().__init__(settings)
        self._change = change

    async def write(self, key, value, *, replacing):
        async with ConsulKV(self.settings) as other:
            await self._change(other)
        return await super().write(key, value, replacing=replacing)


async def what_is_stored(kv, inventory=INVENTORY):
    stored = await stored_policy(kv, inventory)
    assert stored is not None
    return stored


def test_what_is_published_is_what_is_stored(settings):
    async def scenario():
        async with ConsulKV(settings) as kv:
            assert await stored_policy(kv, INVENTORY) is None
            published = await publish_policy(kv, policy(), INVENTORY)
            stored = await what_is_stored(kv)
            assert (stored.policy, stored.revision, stored.problem) == (policy(), published.revision, "")
            assert published.sha256 == policy().digest()
            assert published.written

    asyncio.run(scenario())


def test_publishing_the_same_again_writes_nothing(settings):
    async def scenario():
        async with ConsulKV(settings) as kv:
            first = await publish_policy(kv, policy(), INVENTORY)
            again = await publish_policy(kv, policy(), INVENTORY)
            assert (again.revision, again.written) == (first.revision, False)

    asyncio.run(scenario())


@pytest.mark.parametrize("there", [True, False])
def test_a_change_in_between_is_not_overwritten(settings, there):
    async def scenario():
        async with ConsulKV(settings) as kv:
            before = (await publish_policy(kv, policy("0.10"), INVENTORY)).revision if there else 0

        async def change(other):
            await publish_policy(other, policy("0.20"), INVENTORY)

        async with Overtaking(settings, change) as kv:
            with pytest.raises(Overtaken, match=rf"was at index {before} when .* at index \d+ now.*policy show"):
                await publish_policy(kv, policy("0.30"), INVENTORY)
            assert (await what_is_stored(kv)).policy == policy("0.20")

    asyncio.run(scenario())


def test_a_document_that_was_deleted_in_between_is_not_brought_back(settings):
    async def scenario():
        async with ConsulKV(settings) as kv:
            await publish_policy(kv, policy("0.10"), INVENTORY)
        async with Overtaking(settings, lambda _: remove(settings, settings.policy_key)) as kv:
            with pytest.raises(Overtaken, match="it is gone now"):
                await publish_policy(kv, policy("0.30"), INVENTORY)
            assert await stored_policy(kv, INVENTORY) is None

    asyncio.run(scenario())


def test_what_does_not_validate_is_never_published(settings):
    async def scenario():
        async with ConsulKV(settings) as kv:
            with pytest.raises(SpecError, match="aws-spto"):
                await publish_policy(kv, policy(default={"place": ["private", "aws-spto"]}), INVENTORY)
            assert await stored_policy(kv, INVENTORY) is None

    asyncio.run(scenario())


def test_what_somebody_else_stored_is_shown_with_what_is_wrong_with_it(settings):
    async def scenario():
        async with ConsulKV(settings) as kv:
            await kv.write(settings.policy_key, policy(default={"place": ["elsewhere"]}).to_bytes(), replacing=None)
            judged, unjudged = await what_is_stored(kv), await what_is_stored(kv, None)
            assert judged.policy is None
            assert "elsewhere" in judged.problem
            assert unjudged.policy is not None

    asyncio.run(scenario())
