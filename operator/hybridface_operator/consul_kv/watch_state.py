"""The rules of a watch by blocking queries, without clock, network or chance: answers in, the next question out.

From Consul's page on blocking queries and from what was seen of it:
- The index is opaque and may go back (a restored snapshot, a new server): then the watch starts over from 0.
- An index below 1 would never block: 1 is sent instead. After any failure the watch starts over as well, because an
  index that is ahead of a wiped server would wait for its whole time.
- A return is no change. What came is compared with what is known.
- A stale read can be valid and empty. Where something is gone, empty or filtered, a `consistent` read is asked before
  it is believed.
- What brings nothing new and comes at once, and every failure, makes the next pause longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .answer import Answer, Entry

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 15.0
_AT_ONCE_SECONDS = 1.0


@dataclass(frozen=True)
class Question:
    """What is to be asked next."""

    index: int
    """0 asks for an answer at once."""
    consistent: bool


@dataclass(frozen=True)
class WatchState:
    """Where a watch stands."""

    index: int = 0
    """The last good index; 0 where the watch starts over."""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """What was believed last."""
    filtered: bool = False
    """Whether that was filtered."""
    current: bool = False
    """False until something was believed, and after each failure: the next answer counts as news."""
    doubting: bool = False
    """The last answer has to be confirmed."""
    fruitless: int = 0
    """Failures, and returns at once that brought nothing, in a row."""

    @property
    def question(self) -> Question:
        """What to ask now."""
        return Question(0 if self.doubting else self.index, self.doubting)

    def pause_seconds(self, chance: float) -> float:
        """How long to wait before asking, for a random number between 0 and 1.

        Full jitter (Exponential Backoff and Jitter, AWS Architecture Blog 2015): uniform up to 0.2 * 2^(n-1) seconds,
        at most 15, so that watchers that lost one server do not come back together.
        """
        if not self.fruitless:
            return 0.0
        doublings = min(self.fruitless - 1, 10)
        return chance * min(_FIRST_PAUSE_SECONDS * float(2**doublings), _LONGEST_PAUSE_SECONDS)

    def answered(self, answer: Answer, after_seconds: float) -> tuple[WatchState, bool]:
        """The watch after an answer, and whether it brought news: then `entries` is what is stored now."""
        index = _next_index(self.index, answer.index)
        if self.current and answer.entries == self.entries and answer.filtered == self.filtered:
            fruitless = self.fruitless + 1 if after_seconds < _AT_ONCE_SECONDS else 0
            return replace(self, index=index, doubting=False, fruitless=fruitless), False
        if not self.doubting and self._doubtful(answer):
            return replace(self, index=index, doubting=True), False
        return WatchState(index, answer.entries, answer.filtered, current=True), True

    def failed(self) -> WatchState:
        """The watch after a request that failed. What was believed is remembered, so that its loss is noticed."""
        return replace(self, index=0, current=False, doubting=False, fruitless=self.fruitless + 1)

    def _doubtful(self, answer: Answer) -> bool:
        gone = self.entries.keys() - answer.entries.keys()
        empty = not answer.entries or not all(entry.value for entry in answer.entries.values())
        return bool(gone or empty or answer.filtered)


def _next_index(before: int, after: int) -> int:
    if after < 1:
        return 1
    return after if after >= before else 0
