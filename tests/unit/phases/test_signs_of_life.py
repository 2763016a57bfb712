"""A worker is alive as long as storage answers: what is read and written for longer than its patience is no stall."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hybridface_worker import cli
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.store.watched import WatchedFile


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


def test_what_lies_in_the_scratch_folder_is_read_with_signs_of_life(tmp_path):
    made = tmp_path / "merged.mp4"
    made.write_bytes(bytes(range(256)) * 4096)
    alive: list[None] = []
    with WatchedFile(made, lambda: alive.append(None)) as file:
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(made.read_bytes()).digest()
        assert len(alive) >= 4
        file.seek(1)
        assert file.read(3) == b"\x01\x02\x03"
        assert len(alive) > 4
