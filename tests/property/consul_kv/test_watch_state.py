"""Whatever a Consul does, a watch ends up knowing what is stored, and believes no absence that was not confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.consul_kv.answer import Answer, Entry
from hybridface_operator.consul_kv.watch_state import WatchState

KEYS = ("a", "b", "c")


@dataclass
class Store:
    """A Consul that may be read stale, fail, and lose its data."""

    index: int = 1
    entries: dict[str, Entry] = field(default_factory=dict)
    were: list[frozenset[str]] = field(default_factory=lambda: [frozenset()])
    """Which keys there were after each change."""

    def write(self, key, value):
        self.index += 1
        self.entries[key] = Entry(key, value, self.index)
        self._changed()

    def delete(self, key):
        self.index += 1
        self.entries.pop(key, None)
        self._changed()

    def wipe(self):
        self.index = 1
        self.entries.clear()
        self._changed()

    def answer(self):
        return Answer(self.index, dict(self.entries))

    def _changed(self):
        self.were.append(frozenset(self.entries))


changes = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(KEYS), st.binary(min_size=1, max_size=2)),
    st.tuples(st.just("delete"), st.sampled_from(KEYS)),
    st.tuples(st.just("wipe")),
)
turns = st.lists(st.tuples(st.lists(changes, max_size=3), st.sampled_from(["fresh", "stale", "fails"])), max_size=30)


def next_turn(state, store, how):
    if how == "fails":
        return state.failed(), False
    # A stale answer is a valid one of an empty past; a consistent read is never stale.
    stale = how == "stale" and not state.question.consistent
    return state.answered(Answer(1, {}) if stale else store.answer(), after_seconds=60)


@given(turns)
def test_it_ends_with_what_is_stored_and_never_believed_what_never_was(turns):
    store, state = Store(), WatchState()
    for done, how in turns:
        for name, *arguments in done:
            getattr(store, name)(*arguments)
        state, news = next_turn(state, store, how)
        if news:
            assert frozenset(state.entries) in store.were
            assert state.entries == store.entries
        assert state.question.index >= 0
    for _ in range(3):
        state, _ = next_turn(state, store, "fresh")
    assert state.entries == store.entries
    assert state.current


@given(st.lists(st.integers(min_value=-5, max_value=2**63), min_size=1, max_size=20))
def test_the_index_that_is_sent_is_never_ahead_of_the_last_one_that_came(indexes):
    state = WatchState()
    for index in indexes:
        state, _ = state.answered(Answer(index, {"a": Entry("a", b"1", 1)}), after_seconds=60)
        assert 0 <= state.question.index <= max(index, 1)


@given(st.integers(min_value=0, max_value=10_000), st.floats(min_value=0, max_value=1))
def test_a_pause_is_bounded(failures, chance):
    assert 0 <= WatchState(fruitless=failures).pause_seconds(chance) <= 15
