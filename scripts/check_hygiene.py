"""Rules for the repository's files that no linter knows. Prints what breaks them; exit status 1 if anything does."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

LONGEST_FILE_LINES = 300
LARGEST_FILE_BYTES = 500_000
PROGRAMS = {".py", ".sh"}
NO_ADDRESSES_IN = ("requirements/", ".ci/", "Makefile")

ADDRESS = re.compile(r"https?://")
MACHINE_PATH = re.compile(r"(?<![\w./:{$<>])/(?:work|root|home|Users)/")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b")
EXCUSE = re.compile(r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[\w, -]+\])?)\s*$")
DEPENDENCY = re.compile(r'^\s*"[A-Za-z][\w.-]*(?:\[[\w,]+\])?(?:[<>=!~]=?[\d.]+)')


def problems(path: str, data: bytes) -> Iterator[str]:
    """What is wrong with one file; `path` is relative to the repository."""
    name = Path(path).name
    if len(data) > LARGEST_FILE_BYTES:
        yield f"{path}: {len(data)} bytes; large files are made at run time, not committed"
    if path in {"operator/__init__.py", "worker/__init__.py"}:
        yield f"{path}: would make a package of a plain folder; `operator` would shadow the standard library's"
    if path.startswith("tests/") and name == "__init__.py":
        yield f"{path}: tests are imported by path, not as packages"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    lines = text.splitlines()
    if (Path(path).suffix in PROGRAMS or name == "Makefile") and len(lines) > LONGEST_FILE_LINES:
        yield f"{path}: {len(lines)} lines; at most {LONGEST_FILE_LINES}"
    for number, line in enumerate(lines, start=1):
        for problem in _line_problems(path, line):
            yield f"{path}:{number}: {problem}"


def _line_problems(path: str, line: str) -> Iterator[str]:
    if path.startswith(NO_ADDRESSES_IN) and (ADDRESS.search(line) or "--index-url" in line or "--find-links" in line):
        yield "names an address; where packages come from is the machine's own configuration"
    if MACHINE_PATH.search(line) and not path.startswith("requirements/"):
        yield "a path of somebody's machine"
    if SECRET.search(line):
        yield "looks like a secret"
    if path.endswith(".py") and EXCUSE.search(line):
        yield "a rule is set aside without the reason beside it"
    if path == "pyproject.toml" and DEPENDENCY.match(line) and "#" not in line:
        yield "a dependency without the reason beside it"


def licence_problems(root: Path) -> Iterator[str]:
    """The licence that is named is the licence that is there."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    text = (root / "LICENSE").read_text()
    if project["license"] != "Apache-2.0" or "Apache License" not in text or "9. Accepting Warranty" not in text:
        yield "LICENSE: not the text of the Apache License 2.0 that pyproject.toml names"


def repository_problems(root: Path) -> list[str]:
    """Everything that is wrong with the files that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    ).stdout.decode()
    found = list(licence_problems(root))
    for path in sorted(filter(None, listing.split("\0"))):
        file = root / path
        if file.is_file() and not file.is_symlink():
            found.extend(problems(path, file.read_bytes()))
    return found


def main() -> int:
    """Checks the repository that this file is in."""
    found = repository_problems(Path(__file__).resolve().parent.parent)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
