"""Which policy is in force through good and bad days."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hybridface_operator.consul_kv.answer import Entry
from hybridface_operator.consul_kv.observation import Away, Hidden, Seen, Unchanged
from hybridface_operator.consul_kv.policy_state import KeptPolicy, PolicyState, observed, restored
from hybridface_worker.contract.reasons import Reason
from support.consul_documents import INVENTORY, KEY, NOON, policy

MINUTE = timedelta(minutes=1)
GOOD = policy()
BETTER = policy("0.50")


def seen(value, revision=7, at=NOON):
    return Seen(at, {} if value is None else {KEY: Entry(KEY, value, revision)}, filtered=False)


def after(*observations, state=None):
    state = state or PolicyState()
    for each in observations:
        state = observed(state, each, KEY, INVENTORY)
    return state


@pytest.fixture
def in_force():
    return after(seen(GOOD.to_bytes()))


def test_at_first_there_is_none():
    state = PolicyState()
    assert (state.policy, state.refused, state.connected, state.kept()) == (None, None, False, None)


def test_a_good_document_comes_into_force_with_digest_and_revision(in_force):
    assert in_force.policy == GOOD
    assert (in_force.sha256, in_force.revision, in_force.accepted_at) == (GOOD.digest(), 7, NOON)
    assert in_force.connected
    assert in_force.refused is None


def test_the_next_good_document_replaces_it(in_force):
    state = after(seen(BETTER.to_bytes(), 9, NOON + MINUTE), state=in_force)
    assert (state.policy, state.revision, state.accepted_at) == (BETTER, 9, NOON + MINUTE)


def test_the_same_document_written_again_has_a_new_revision_and_is_in_force_since_before(in_force):
    spaced = json.dumps(json.loads(GOOD.to_bytes()), indent=4).encode()
    state = after(seen(spaced, 9, NOON + MINUTE), state=in_force)
    assert (state.sha256, state.revision, state.accepted_at) == (in_force.sha256, 9, NOON)


BAD = {
    "not JSON": (b"rules: []", "JSON"),
    "not UTF-8": (b'{"default": "\xff"}', "UTF-8"),
    "the wrong schema": (b'{"rules": [], "default": {"place": ["private"]}, "rulez": 1}', "rulez"),
    "another version": (b'{"version": 2, "default": {"place": ["private"]}}', "version"),
    "an unknown pool": (b'{"default": {"place": ["privat"]}}', "privat"),
    "cloud pools alone for restricted work": (b'{"default": {"place": ["aws-spot"]}}', "private pool"),
    "a cap that widens": (policy(pools={"aws-spot": {"maxGpus": 65}}).to_bytes(), "maxGpus"),
    "600 KB": (b'{"default": {"place": ["private"]}' + b" " * 600_000 + b"}", "bytes"),
    "nested too deeply": (b"[" * 60_000, KEY),
}


@pytest.mark.parametrize(("document", "named"), BAD.values(), ids=BAD)
def test_a_bad_document_is_refused_and_the_last_good_one_stays(document, named, in_force):
    state = after(seen(document, 9, NOON + MINUTE), state=in_force)
    assert (state.policy, state.revision, state.accepted_at) == (GOOD, 7, NOON)
    assert (state.refused.reason, state.refused.revision) == (Reason.POLICY_REFUSED, 9)
    assert KEY in state.refused.message
    assert named in state.refused.message


@pytest.mark.parametrize("document", [document for document, _ in BAD.values()], ids=BAD)
def test_a_bad_document_alone_leaves_none_in_force(document):
    assert after(seen(document)).policy is None


def test_a_document_that_is_wrong_in_many_places_is_refused_in_few_lines():
    document = {"default": {"place": ["private"]}} | {f"field{number}": 1 for number in range(500)}
    message = after(seen(json.dumps(document).encode())).refused.message
    assert len(message.splitlines()) == 9
    assert message.endswith("and 492 more")


@pytest.mark.parametrize("observation", [seen(None), seen(b""), Hidden(NOON, "no key:read")], ids=repr)
def test_deleted_emptied_and_hidden_leave_the_last_good_one_in_force(observation, in_force):
    state = after(observation, state=in_force)
    assert state.policy == GOOD
    assert state.refused.reason is Reason.NO_POLICY
    assert KEY in state.refused.message


def test_hidden_says_which_right_is_missing(in_force):
    assert "key:read" in after(Hidden(NOON, "denied"), state=in_force).refused.message


def test_away_for_an_hour_changes_nothing_but_what_is_known_of_consul(in_force):
    away = [Away(NOON + minute * MINUTE, "no answer") for minute in range(1, 61)]
    state = after(*away, state=in_force)
    assert (state.policy, state.refused, state.last_contact) == (GOOD, None, NOON)
    assert not state.connected
    back = after(seen(GOOD.to_bytes(), 7, NOON + 61 * MINUTE), state=state)
    assert back.connected
    assert back.accepted_at == NOON


def test_a_refusal_outlives_an_absence_and_is_the_same_one_afterwards(in_force):
    refused = after(seen(b"{", 9), state=in_force)
    back = after(Away(NOON + MINUTE, "gone"), seen(b"{", 9, NOON + 2 * MINUTE), state=refused)
    assert back.refused is refused.refused


def test_another_bad_document_is_another_refusal(in_force):
    first, second = after(seen(b"{", 9), state=in_force), after(seen(b"{", 9), seen(b"[", 10), state=in_force)
    assert first.refused != second.refused


def test_a_good_document_ends_a_refusal(in_force):
    assert after(seen(b"{", 9), seen(GOOD.to_bytes(), 11), state=in_force).refused is None


def test_an_index_that_went_back_is_taken_as_it_is(in_force):
    state = after(seen(BETTER.to_bytes(), 3), state=in_force)
    assert (state.policy, state.revision) == (BETTER, 3)


def test_nothing_new_is_a_contact(in_force):
    state = after(Unchanged(NOON + MINUTE), state=in_force)
    assert state.last_contact == NOON + MINUTE
    assert state.policy is in_force.policy


def test_the_older_form_of_a_policy_is_read():
    state = after(seen(b'{"task_rules": [{"priority": "high", "use_cloud": false}]}'))
    assert [rule.place for rule in state.policy.rules] == [("private",)]


def test_what_is_kept_is_what_is_restored(in_force):
    kept = KeptPolicy.from_bytes(in_force.kept().to_bytes(), "kept")
    state = restored(kept)
    assert (state.policy, state.sha256, state.revision, state.accepted_at) == (GOOD, GOOD.digest(), 7, NOON)
    assert not state.connected
    assert state.kept() == kept


def test_what_was_restored_stays_in_force_until_something_better_is_seen(in_force):
    state = restored(in_force.kept())
    assert after(Away(NOON, "gone"), state=state).policy == GOOD
    assert after(seen(None), state=state).policy == GOOD
    assert after(seen(BETTER.to_bytes(), 9), state=state).policy == BETTER
