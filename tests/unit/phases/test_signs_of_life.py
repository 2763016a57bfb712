"""A worker is alive as long as storage answers: what is read and written for longer than its patience is no stall."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_worker import cli
from hybridface_worker.contract.exit_codes import ExitCode


class Watched:
    """Stands in for the watchdog and counts."""

    fed = 0

    def __init__(self, _patience: float) -> None:
        Watched.fed = 0

    def start(self) -> None:
        pass

    def feed(self) -> None:
        Watched.fed += 1


@pytest.mark.parametrize("phase", ["probe", "swap", "merge"])
def test_the_watchdog_is_fed_by_what_storage_answers(tmp_path: Path, monkeypatch, phase):
    monkeypatch.setattr(cli, "configure", lambda: None)
    monkeypatch.setattr(cli, "Watchdog", Watched)
    task = tmp_path / "attempts" / "000001.json"
    task.parent.mkdir()
    task.write_text("{}")
    assert cli.main([phase, task.as_uri(), "--shard", "0"]) == ExitCode.BAD_TASK
    assert Watched.fed == 1
