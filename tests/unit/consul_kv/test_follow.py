"""Following a policy: what is recalled at the start, and what is kept."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest
import structlog

from hybridface_operator.consul_kv.answer import Answer, Entry
from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import ConsulAway
from hybridface_operator.consul_kv.follow import follow_policy
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.consul_kv.watch import Pace
from hybridface_operator.errors import OperatorError
from support.consul_documents import INVENTORY, KEY, policy


class Scripted(ConsulKV):
    """Answers with what it is given, one after the other."""

    def __init__(self, *answers):
        super().__init__(ConsulSettings("http", "nowhere", 1))
        self._answers = deque(answers)

    async def read(self, key, **options):
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Memory:
    """Fails as often as it is told to."""

    def __init__(self, document=None, *, failures=0):
        self.document, self.failures, self.writes = document, failures, 0

    async def recall(self):
        return self.document

    async def keep(self, document):
        if self.failures:
            self.failures -= 1
            raise OperatorError("the API server is away")
        self.document = document
        self.writes += 1


def stored(index, document):
    return Answer(index, {KEY: Entry(KEY, document.to_bytes(), index)})


def states(memory, *answers):
    """The first state, and one for each answer; then one more is asked for, so that the last one is kept too."""

    async def scenario():
        kv = Scripted(*answers, ConsulAway("the script has ended"))
        source = follow_policy(kv, INVENTORY, memory, Pace(chance=lambda: 0.0))
        return [await anext(source) for _ in range(len(answers) + 2)][:-1]

    return asyncio.run(scenario())


def test_without_anything_kept_there_is_no_policy_at_first():
    first, second = states(Memory(), stored(5, policy()))
    assert first.policy is None
    assert second.policy == policy()


def test_what_came_into_force_is_in_force_at_the_next_start():
    memory = Memory()
    before = states(memory, stored(5, policy()))[-1]
    first, *_ = states(memory, ConsulAway("gone"))
    assert (first.policy, first.revision, first.accepted_at) == (policy(), 5, before.accepted_at)


def test_the_same_policy_is_kept_once():
    memory = Memory()
    states(memory, stored(5, policy()), stored(5, policy()), stored(5, policy()))
    assert memory.writes == 1
    states(memory, stored(5, policy()))
    assert memory.writes == 1


def test_a_refused_document_is_never_kept():
    memory = Memory()
    states(memory, stored(5, policy()), Answer(6, {KEY: Entry(KEY, b"{", 6)}))
    assert memory.writes == 1
    assert states(memory)[0].policy == policy()


def test_what_cannot_be_kept_is_in_force_and_kept_at_the_next_occasion():
    memory = Memory(failures=1)
    with structlog.testing.capture_logs() as logs:
        _, second, _ = states(memory, stored(5, policy()), stored(5, policy()))
    assert second.policy == policy()
    assert [line["event"] for line in logs] == ["policy.not_kept"]
    assert memory.writes == 1


@pytest.mark.parametrize("document", [b"{", b'{"version": 2}'])
def test_a_memory_that_was_damaged_is_reported_and_forgotten(document):
    with structlog.testing.capture_logs() as logs:
        first, *_ = states(Memory(document), stored(5, policy()))
    assert first.policy is None
    assert [line["event"] for line in logs] == ["policy.not_recalled"]


def test_a_memory_that_cannot_be_reached_is_not_taken_for_an_empty_one():
    class Unreachable(Memory):
        async def recall(self):
            raise OperatorError("the API server is away")

    with pytest.raises(OperatorError, match="API server is away"):
        states(Unreachable())
