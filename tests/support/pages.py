"""The pages that people read, and the fenced blocks in them. Reads Markdown; runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_NOT_RUN = re.compile(r"<!-- not run: .+ -->\s*$")
_FILE = re.compile(r"^<!-- file: (?P<name>[\w.-]+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    """A page's path in the repository."""
    return str(page.relative_to(ROOT))


def blocks(*languages: str, left_out: bool = False) -> Iterator[Block]:
    """Every block in one of the languages, without those that have `<!-- not run: why -->` on the line before.

    With `left_out` those alone.
    """
    for page in PAGES:
        text = page.read_text()
        for found in _FENCE.finditer(text):
            if found["language"] in languages and bool(_NOT_RUN.search(text, 0, found.start())) is left_out:
                line = text.count("\n", 0, found.start()) + 1
                yield Block(page, line, found["language"], found["text"])


def files(page: Path) -> dict[str, str]:
    """What a page has its reader write: the blocks that have `<!-- file: NAME -->` on the line before, by name."""
    return {found["name"]: found["text"] for found in _FILE.finditer(page.read_text())}


def links(page: Path) -> list[str]:
    """Where a page's links and pictures lead, inside the repository, anchors left out."""
    text = _FENCE.sub("", page.read_text())
    targets = (found["to"].partition("#")[0] for found in _LINK.finditer(text))
    return [target for target in targets if target and "://" not in target]
