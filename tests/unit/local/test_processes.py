"""Worker processes: what is heard of them, and that none is left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable

import pytest

from hybridface_operator.errors import Interrupted
from hybridface_operator.local.processes import Ending, Line, Processes


def run(program: str, then: Callable[[Processes], None] | None = None, grace: float = 60) -> tuple[Ending, list[Line]]:
    """Runs a program of Python; `then` is done at its first event."""
    events: list[Line] = []

    async def whole() -> Ending:
        async with Processes([sys.executable, "-c", program], os.environ, grace_seconds=grace) as processes:

            def heard(line: Line) -> None:
                if not events and then:
                    then(processes)
                events.append(line)

            return await processes.run([], {"NAME": "w1"}, heard)

    return asyncio.run(whole()), events


def test_events_are_heard_and_everything_else_is_its_last_words():
    ending, events = run(
        "import os, sys\n"
        'print(\'{"event": "progress", "frames": 3}\')\n'
        "print('loose talk'); print('[1]'); sys.stdout.flush()\n"
        "print(os.environ['NAME'], file=sys.stderr)\n"
    )
    assert events == [{"event": "progress", "frames": 3}]
    assert ending.status == 0
    assert sorted(ending.last_words) == ["[1]", "loose talk", "w1"]


def test_the_failed_event_says_it_better_than_the_last_line():
    ending, _ = run('print(\'{"event": "failed", "message": "no disk"}\'); print(\'Traceback\'); exit(70)')
    assert (ending.status, ending.words) == (70, "no disk")


def test_a_line_too_long_to_be_an_event_is_passed_over():
    _, events = run("print('x' * 3_000_000); print('{\"event\": \"progress\"}')")
    assert [event["event"] for event in events] == ["progress"]


def test_a_signal_is_told_by_its_number():
    ending, _ = run("import os; os.kill(os.getpid(), 9)")
    assert ending.status == -9


HANGS = 'import time; print(\'{"event": "up"}\', flush=True); time.sleep(600)'


def test_stop_asks_first():
    ending, _ = run(HANGS, Processes.stop)
    assert ending.status == -15


@pytest.mark.parametrize("calls", [1, 2])
def test_stop_kills_after_the_grace_or_when_asked_again(calls):
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + HANGS

    def stop(processes: Processes) -> None:
        for _ in range(calls):
            processes.stop()

    ending, _ = run(deaf, stop, grace=0.1 if calls == 1 else 3600)
    assert ending.status == -9


def test_none_is_started_once_they_were_told_to_stop():
    async def whole() -> None:
        async with Processes([sys.executable, "-c", ""], os.environ, grace_seconds=1) as processes:
            processes.stop()
            await processes.run([], {}, print)

    with pytest.raises(Interrupted):
        asyncio.run(whole())


def test_leaving_in_the_middle_leaves_no_process_behind():
    pids: list[int] = []
    program = 'import os; print(\'{"event": "up", "pid": %d}\' % os.getpid(), flush=True); ' + HANGS

    async def whole() -> None:
        async with Processes([sys.executable, "-c", program], os.environ, grace_seconds=1) as processes:

            def fail(line: Line) -> None:
                pids.append(line["pid"])
                raise ValueError("a listener's defect")

            await processes.run([], {}, fail)

    with pytest.raises(ExceptionGroup):
        asyncio.run(whole())
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
