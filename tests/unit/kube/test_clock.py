"""Which clock is believed: the machine's, unless the API server's answers say that it is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.clock import ServerClock
from support.api_answers import always, opened, served

TRUE = datetime(2026, 5, 1, 12, 0, 0, 700_000, tzinfo=UTC)
WRONG = [timedelta(minutes=10), timedelta(minutes=-10), timedelta(seconds=7), timedelta(days=-9000)]


class Machine:
    """A clock that a test sets."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.true, self.ahead = TRUE, ahead
        self.clock = ServerClock(lambda: self.true + self.ahead)

    def asks(self, takes_seconds: float = 0, dated_after_seconds: float = 0) -> None:
        """An answer of a server whose clock is right, dated on its way."""
        asked = self.clock.now()
        dated = format_datetime(self.true + timedelta(seconds=dated_after_seconds), usegmt=True)
        self.true += timedelta(seconds=takes_seconds)
        self.clock.heard(asked, dated)


@pytest.mark.parametrize("ahead", WRONG, ids=str)
def test_a_wrong_clock_is_put_right_by_the_first_answer(ahead):
    machine = Machine(ahead)
    machine.asks()
    assert abs(machine.clock.now() - machine.true) <= timedelta(seconds=1)
    assert abs(machine.clock.offset + ahead) <= timedelta(seconds=1)


@pytest.mark.parametrize("ahead", [timedelta(seconds=seconds) for seconds in (-4, 0, 4)], ids=str)
@pytest.mark.parametrize(("takes", "dated"), [(0, 0), (0.4, 0.4), (30, 0), (30, 30)])
def test_one_that_is_about_right_is_left_alone_however_long_an_answer_takes(ahead, takes, dated):
    machine = Machine(ahead)
    machine.asks(takes, dated)
    assert machine.clock.now() == machine.true + ahead


def test_one_that_is_set_right_meanwhile_is_followed():
    machine = Machine(timedelta(hours=1))
    machine.asks()
    machine.ahead = timedelta(0)
    machine.asks()
    assert abs(machine.clock.now() - machine.true) <= timedelta(seconds=1)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Fri, 01 May 2026 10:00:00 -0000"])
def test_what_is_no_date_says_nothing(date):
    machine = Machine()
    machine.clock.heard(TRUE, date)
    assert machine.clock.now() == TRUE


def test_every_answer_of_a_server_counts_also_one_that_refuses(tmp_path):
    answer = always(403, "{}", Date=format_datetime(TRUE, usegmt=True))

    async def asked():
        async with served(answer) as url, opened(tmp_path, url) as cluster:
            with pytest.raises(Exception, match="403"):
                await cluster.list(Kind.POD)
            return cluster.clock.now()

    assert abs(asyncio.run(asked()) - TRUE) < timedelta(minutes=1)
