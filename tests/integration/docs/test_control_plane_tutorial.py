"""The tutorial about the control plane, typed command by command, with inputs that are smaller than a reader's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from support.clips import clip
from support.pages import ROOT
from support.runs import portrait
from support.typed import Row, Typed, shown, tables

PAGE = ROOT / "docs" / "tutorial" / "control-plane.md"
PROGRAM = ROOT / "scripts" / "control_plane.py"
RUNS = "# Running. Ctrl-C ends everything.\n"
SECONDS = 300


@pytest.fixture
def inputs(tmp_path):
    """Chunks for more shards than the private pool takes, as a reader's have."""
    folder = tmp_path / "in"
    (folder / "stills").mkdir(parents=True)
    for path, name in (
        (portrait(), "astronaut.png"),
        (clip("cfr", 64 * 6), "people.mp4"),
        (portrait(), "stills/one.png"),
    ):
        shutil.copy(path, folder / name)
    return folder


@pytest.fixture
def exports(inputs, tmp_path):
    """What the program prints for other shells, while it runs."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests"), "HYBRIDFACE_THREADS": "1"}
    with (
        tempfile.TemporaryDirectory() as short,
        subprocess.Popen(
            [sys.executable, PROGRAM, inputs],
            env=environment | {"TMPDIR": short},
            stdout=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        assert program.stdout
        lines = []
        for line in iter(program.stdout.readline, RUNS):
            assert line, "the program has ended"
            lines.append(line)
        yield "".join(lines)
        program.send_signal(signal.SIGINT)
        assert program.wait(timeout=120) == 0
        assert list(Path(short).glob("control-plane-*")) == []


@pytest.mark.timeout(SECONDS + 120)
def test_every_command_works_and_says_what_the_page_says(exports, tmp_path):
    for name in ("examples", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    typed = Typed.of(PAGE)
    assert len(typed.commands) > 15
    output = typed.run(tmp_path, seconds=SECONDS, environment=os.environ, before=exports.splitlines())
    assert stable(tables(output)) == stable(shown(PAGE))
    assert "rule bulk placed it on private" in output
    assert 'hybridface_placements_total{pool="aws-spot",reason="Placed"}' in output


def stable(rows: list[Row]) -> list[Row]:
    """Without what a reader's larger inputs, or another machine, make different."""
    return [{name: cell for name, cell in row.items() if name not in ("AGE", "PROGRESS")} for row in rows]
