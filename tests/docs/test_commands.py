from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from prepare_demo import DEFAULT_SECONDS
from support.pages import ROOT, Block, blocks, files, name_of

CONSOLE = {name_of(page): list(own) for page, own in groupby(blocks("console"), key=lambda block: block.page)}
SECONDS = 1200
CLIP_SECONDS = 1


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A clone as a reader has it, where the demo's inputs have been made; its clip is shorter than a reader's."""
    folder = tmp_path_factory.mktemp("prepared")
    for name in ("examples", "policies", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    demo = folder / "scripts" / "prepare_demo.py"
    whole = f"DEFAULT_SECONDS = {DEFAULT_SECONDS}\n"
    assert whole in demo.read_text()
    demo.write_text(demo.read_text().replace(whole, f"DEFAULT_SECONDS = {CLIP_SECONDS}\n"))
    subprocess.run([sys.executable, "scripts/prepare_demo.py"], cwd=folder, check=True)
    return folder


@pytest.fixture
def readers_folder(prepared, tmp_path):
    """One for each page: two that run the same example find no outputs of each other."""
    return shutil.copytree(prepared, tmp_path / "reader")


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("page", CONSOLE)
def test_the_commands_of_a_page_work_one_after_the_other(page, readers_folder):
    for name, text in files(ROOT / page).items():
        (readers_folder / name).write_text(text)
    shell = subprocess.run(
        [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            "\n".join(command for block in CONSOLE[page] for command in _commands(block)),
        ],
        cwd=readers_folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert shell.returncode == 0, shell.stderr + shell.stdout
    for line in (line for block in CONSOLE[page] for line in _expected(block)):
        assert line in shell.stdout


def _commands(block: Block) -> list[str]:
    typed = [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
    assert typed, f"{block}: a console block begins its commands with '$ '"
    return [_looked_up(line) if line.startswith("make ") else line for line in typed]


def _looked_up(line: str) -> str:
    """Whether there is such a target; making it would run these tests, or the demo once more."""
    return f"make -C {ROOT} -n {line.removeprefix('make ')} >/dev/null"


def _expected(block: Block) -> list[str]:
    return [line for line in block.text.splitlines() if not line.startswith("$ ") and line.strip(" .")]
