"""Pages that are typed command by command, as a reader would, and what their tables show."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .pages import Block, blocks

_ENDS_ALL = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"
"""Where the time is up, `timeout` ends what runs in the background as well."""
_GAP = re.compile(r" {2,}")
Row = dict[str, str]


@dataclass(frozen=True)
class Typed:
    """What a page has its reader type, and what it says comes of it."""

    commands: list[str]
    said: list[str]

    @classmethod
    def of(cls, page: Path, *, without: Sequence[str] = ()) -> Typed:
        """The page's blocks that are not run elsewhere, but for those that hold one of these words."""
        found = [block for block in blocks("console", left_out=True) if block.page == page]
        kept = [block for block in found if not any(word in block.text for word in without)]
        lines = [line for block in kept for line in block.text.splitlines()]
        return cls(
            [line.removeprefix("$ ") for line in lines if line.startswith("$ ")],
            [line for line in lines if not line.startswith("$ ")],
        )

    def run(self, folder: Path, *, seconds: int, environment: Mapping[str, str], before: Sequence[str] = ()) -> str:
        """What it prints, in one shell. Raises AssertionError where a command fails, or says not what the page says."""
        shell = subprocess.run(
            [
                "timeout",
                str(seconds),
                "bash",
                "-euo",
                "pipefail",
                "-c",
                "\n".join([_ENDS_ALL, *before, *self.commands]),
            ],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert shell.returncode == 0, shell.stderr + shell.stdout
        assert [line for line in self.said if line not in shell.stdout] == []
        return shell.stdout


def tables(text: str) -> list[Row]:
    """The rows of kubectl's tables, each by its columns."""
    rows, header = [], list[str]()
    for line in text.splitlines():
        cells = _GAP.split(line.strip())
        if cells[0] in ("NAME", "NAMESPACE"):
            header = cells
        elif header and len(cells) == len(header):
            rows.append(dict(zip(header, cells, strict=True)))
        else:
            header = []
    return rows


def shown(page: Path) -> list[Row]:
    """The rows of tables in the page's blocks of text."""
    texts: list[Block] = [block for block in blocks("text") if block.page == page]
    return [row for block in texts for row in tables(block.text)]
