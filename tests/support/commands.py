"""`hybridface run` as people run it: a manifest in a folder of its own, the command's words, and what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import IndexEntry, OutputIndex, OutputReport
from hybridface_worker.contract.spec import JobRef

from .forked_workers import fork_server
from .staged_worker import ENVIRONMENT, HYBRIDFACE

_PROGRAM = "import sys; from hybridface_operator.cli import main; sys.exit(main())"
_BOUND_BY_MODES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Before a command: permissions of files hold for it, even where it is root's."""


def bound_by_modes() -> tuple[str, ...]:
    """What goes before a command for which the permissions of files have to hold."""
    return _BOUND_BY_MODES if os.geteuid() == 0 else ()


def own_mounts() -> bool:
    """Whether a command may be given mounts of its own here."""
    return subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode == 0


def on_a_disk_of_its_own(folder: Path, options: str) -> tuple[str, ...]:
    """Before a command: the folder is a file system in memory, which it alone sees; options as of `mount`."""
    mounting = f'mkdir -p {folder} && mount -t tmpfs -o {options} tmpfs {folder} && exec "$@"'
    return "unshare", "-Urm", "sh", "-c", mounting, "sh"


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    status: int
    events: list[dict[str, Any]]
    """The JSON lines of standard output."""
    complaint: str
    """Standard error."""

    def of(self, event: str) -> list[dict[str, Any]]:
        """The events of that name."""
        return [each for each in self.events if each["event"] == event]


class Bench:
    """A folder with a manifest of one or more jobs, in which the command is run."""

    def __init__(self, root: Path, *documents: dict[str, Any]) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.write(*documents)

    def write(self, *documents: dict[str, Any]) -> None:
        """Replaces the manifest."""
        (self.root / "job.yaml").write_text("\n---\n".join(json.dumps(document) for document in documents))

    def start(self, *options: str, before: Sequence[str] = (), staged: str = "") -> subprocess.Popen[str]:
        """Starts it; `before` is a program that runs it, with its arguments. `staged`: see staged_worker.py."""
        program = (HYBRIDFACE, staged) if staged else (_PROGRAM,)
        return subprocess.Popen(
            [*before, sys.executable, "-c", *program, "run", "job.yaml", "--store", "store", *options],
            cwd=self.root,
            env=os.environ | ENVIRONMENT if staged else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, before: Sequence[str] = ()) -> Ended:
        """Runs the command to its end. Its workers are forked, unless what runs it has to hold for them too."""
        with self.start(*options, before=before, staged="" if before else f"forked-by={fork_server()}") as process:
            return ended(process)

    def entries(self, out: str = "out") -> dict[str, IndexEntry]:
        """What the published index says, by target."""
        path = self.root / out / layout.published_index(JobRef(namespace="local", name="test", uid="x"))
        return {entry.target: entry for entry in OutputIndex.from_bytes(path.read_bytes(), path.name).outputs}

    def report(self, entry: IndexEntry) -> OutputReport:
        """The report that an entry names."""
        assert entry.report is not None
        return OutputReport.from_bytes(Path(entry.report.removeprefix("file://")).read_bytes(), entry.report)

    def keys(self, folder: str) -> list[Path]:
        """Documents of a folder of the jobs' own storage."""
        return sorted((self.root / "store").glob(f"local/jobs/*/{folder}/**/*.json"))


def ended(process: subprocess.Popen[str]) -> Ended:
    """Waits for a command and takes in what it says."""
    out, complaint = process.communicate()
    return Ended(process.returncode, [json.loads(line) for line in out.splitlines()], complaint)
