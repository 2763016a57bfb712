"""A run as people and machines watch it: bars on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Self, TextIO

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from hybridface_operator.planning.tries import describe
from hybridface_operator.spec.labels import Phase
from hybridface_operator.storage.index import JobResult
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.spec import JobRef

from .processes import Ending, Line
from .tally import Tally

_UNITS: dict[Phase, str] = {"probe": "inputs", "swap": "frames", "merge": "outputs"}
_EXPECTED = (ExitCode.DONE, ExitCode.TERMINATED)


class Bars:
    """Draws a bar for each phase, and above them a line for whatever went wrong."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<6}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            _Rate(),
            TimeRemainingColumn(),
            console=console,
        )
        self._tally: Tally | None = None
        self._bar = self._progress.add_task("", visible=False, unit="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def phase(self, phase: Phase, *, total: int, done: int) -> None:
        """Begins a new bar."""
        self._tally = Tally(phase, total=total, done=done)
        self._bar = self._progress.add_task(phase, total=total, completed=done, unit=_UNITS[phase])

    def event(self, worker: str, line: Line) -> None:
        """Moves the bar; says what failed."""
        if self._tally is not None:
            self._tally.event(worker, line)
            self._progress.update(self._bar, completed=self._tally.done)
        match line.get("event"):
            case Event.CHUNK_COMMITTED if line.get("outcome") == "failed":
                self._say("red", f"chunk {line.get('chunk')} failed: {line.get('message')}")
            case Event.OUTPUT_FAILED:
                self._say("red", f"{line.get('uri')} failed: {line.get('message')}")

    def ended(self, worker: str, ending: Ending) -> None:
        """Says how a worker ended that did not end well, with its last lines."""
        if self._tally is not None:
            self._tally.ended(worker)
            self._progress.update(self._bar, completed=self._tally.done)
        if ending.status not in _EXPECTED:
            self._say("yellow", f"worker {worker} ended with {describe(ending.status)}: {ending.words}")
            for line in ending.last_words:
                self._say("dim", line)

    def note(self, event: str, message: str) -> None:  # noqa: ARG002 - names are for machines
        """Says it."""
        self._say("yellow", message)

    def _say(self, style: str, text: str) -> None:
        self._progress.console.print(Text(text, style=style))


class JsonLines:
    """Writes every event as a JSON line: the workers' own as they wrote them, the coordinator's in the same form."""

    def __init__(self, stream: TextIO, job: JobRef) -> None:
        self._lines = _Lines(stream)
        self._log = structlog.wrap_logger(
            self._lines,
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.BoundLogger,
            job=job.name,
            uid=job.uid,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def phase(self, phase: Phase, *, total: int, done: int) -> None:
        """Writes that a phase began."""
        self._log.info("phase.started", phase=phase, total=total, done=done)

    def event(self, worker: str, line: Line) -> None:
        """Hands the line on."""
        self._lines.msg(json.dumps({**line, "worker": worker}, default=str))

    def ended(self, worker: str, ending: Ending) -> None:
        """Writes how a worker ended."""
        log = self._log.info if ending.status in _EXPECTED else self._log.warning
        log("worker.ended", worker=worker, status=ending.status, message=ending.words, last_words=ending.last_words)

    def note(self, event: str, message: str) -> None:
        """Writes it."""
        self._log.warning(event, message=message)

    def finished(self, result: JobResult) -> None:
        """Writes which outputs there are not, and why, and what came of the job."""
        for entry in result.index.outputs:
            if entry.finding is not None:
                told = entry.finding.model_dump(mode="json")
                what = {"source": entry.source, "target": entry.target, "item": entry.item, "uri": entry.uri}
                self._log.error("output.lost", **what, outcome=entry.outcome, **told)
        outcomes = Counter(entry.outcome for entry in result.index.outputs)
        self._log.info("job.finished", complete=result.complete, index=result.index_uri, outputs=dict(outcomes))


class _Lines:
    """Writes lines until nobody reads them any more: a reader that left ends no job."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def msg(self, line: str) -> None:
        """Writes one."""
        if self._stream is None:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            self._stream = None

    debug = info = warning = error = critical = msg


class _Rate(ProgressColumn):
    """Units per second, as the phase has gone lately."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")
