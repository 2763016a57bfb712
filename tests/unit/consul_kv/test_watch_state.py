"""The rules of blocking queries, one by one, without a server."""

from __future__ import annotations

from hybridface_operator.consul_kv.answer import Answer, Entry
from hybridface_operator.consul_kv.watch_state import Question, WatchState

KEY = "hybridface/policy"
LATER = 60.0


def answer(index, value=b"{}", *, modified=7, filtered=False):
    entries = {} if value is None else {KEY: Entry(KEY, value, modified)}
    return Answer(index, entries, filtered)


def after(*answers, start=None, seconds=LATER):
    state, news = start or WatchState(), False
    for each in answers:
        state, news = state.answered(each, seconds)
    return state, news


def test_the_first_question_is_answered_at_once():
    assert WatchState().question == Question(index=0, consistent=False)


def test_the_next_question_blocks_on_the_index_of_the_answer():
    state, news = after(answer(9))
    assert news
    assert state.question == Question(9, consistent=False)


def test_indexes_are_compared_as_numbers():
    state, _ = after(answer(9), answer(10))
    assert state.question.index == 10


def test_a_return_is_no_change():
    state, news = after(answer(9), answer(12))
    assert not news
    assert state.question == Question(12, consistent=False)


def test_another_value_is_news_even_with_the_same_index():
    assert after(answer(9), answer(9, b'{"a":1}'))[1]


def test_a_value_written_again_is_news():
    assert after(answer(9), answer(12, modified=12))[1]


def test_an_index_that_goes_back_starts_the_watch_over():
    state, news = after(answer(500), answer(20))
    assert not news
    assert state.question == Question(0, consistent=False)
    assert after(answer(20), start=state)[0].question.index == 20


def test_an_index_below_one_is_never_sent():
    for index in (0, -3):
        assert after(answer(index))[0].question.index == 1


def test_what_is_gone_is_confirmed_before_it_is_believed():
    doubting, news = after(answer(9), answer(12, None))
    assert not news
    assert doubting.entries
    assert doubting.question == Question(0, consistent=True)
    state, news = after(answer(12, None), start=doubting)
    assert news
    assert not state.entries
    assert state.question == Question(12, consistent=False)


def test_a_stale_empty_answer_is_forgotten_when_it_is_not_confirmed():
    state, news = after(answer(9), answer(4, None), answer(9))
    assert not news
    assert state.entries == answer(9).entries
    assert not state.question.consistent


def test_what_is_emptied_or_filtered_is_confirmed_as_well():
    assert after(answer(9), answer(12, b"", modified=12))[0].question.consistent
    assert after(answer(9), answer(12, filtered=True))[0].question.consistent


def test_an_empty_first_answer_is_confirmed_once_and_then_stands():
    doubting, news = after(answer(3, None))
    assert not news
    assert doubting.question.consistent
    state, news = after(answer(3, None), start=doubting)
    assert news
    state, news = after(answer(5, None), start=state)
    assert not news
    assert state.question == Question(5, consistent=False)


def test_one_key_of_several_that_is_missing_is_doubted():
    both = {key: Entry(key, b"1", 5) for key in ("a", "b")}
    state, _ = after(Answer(5, both), Answer(6, {"a": both["a"]}))
    assert state.question.consistent


def test_after_a_failure_it_starts_over_and_the_same_value_is_told_again():
    state = after(answer(500))[0].failed()
    assert state.question == Question(0, consistent=False)
    assert after(answer(20), start=state)[1]


def test_what_was_lost_during_a_failure_is_doubted():
    state = after(answer(500))[0].failed()
    assert after(answer(20, None), start=state)[0].question.consistent


def test_pauses_grow_with_each_failure_up_to_a_bound_and_end_with_an_answer():
    state, pauses = WatchState(), []
    for _ in range(2000):
        state = state.failed()
        pauses.append(state.pause_seconds(1.0))
    assert pauses[:4] == [0.2, 0.4, 0.8, 1.6]
    assert max(pauses) == pauses[-1] == 15
    assert state.pause_seconds(0.5) == 7.5
    assert after(answer(3), start=state)[0].pause_seconds(1.0) == 0


def test_what_returns_at_once_without_news_slows_down():
    state, _ = after(*[answer(9 + turn) for turn in range(6)], seconds=0.001)
    assert state.pause_seconds(1.0) == 3.2
    assert after(answer(20), start=state, seconds=LATER)[0].pause_seconds(1.0) == 0
