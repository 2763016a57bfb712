"""Builds the servers that the integration tests run, from the Go modules that pin them, once for this machine.

`build_tools.py [NAME...]` builds tools by name, or every folder of tests/integration/tools, and prints where they are.
Binaries are kept in HYBRIDFACE_TOOLS_CACHE (by default ~/.cache/hybridface/tools), by the content of go.mod and go.sum
and the version of Go: a change of any of them builds anew. Several processes may ask at once; one builds.

Go is the one on the PATH where it is new enough, and else the one that the development dependencies bring.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

MODULES = Path(__file__).resolve().parent.parent / "tests" / "integration" / "tools"
_BUILD_ENV = {
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false -ldflags=-s",
    "CGO_ENABLED": "0",
}
_LINES_OF_OUTPUT = 20

Version = tuple[int, ...]


class BuildError(Exception):
    """A tool that cannot be built here, and why."""


def built(name: str) -> Path:
    """The tool's binary, built first where it is not there yet.

    Raises:
        BuildError: there is no such tool, no Go that is new enough, or it does not build.
    """
    module = MODULES / name
    if not (module / "go.mod").is_file():
        raise BuildError(f"there is no tool {name!r}; there are: {', '.join(names())}")
    go, version = find_go(needed(module))
    cache = Path(os.environ.get("HYBRIDFACE_TOOLS_CACHE") or Path.home() / ".cache" / "hybridface" / "tools")
    folder = cache / f"{name}-{_key(module, version)}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _build(go, module, folder)
    return folder / name


def names() -> list[str]:
    """Every tool that there is."""
    return sorted(path.parent.name for path in MODULES.glob("*/go.mod"))


def needed(module: Path) -> Version:
    """The version of Go that the module asks for."""
    line = re.search(r"^go (\S+)$", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    return _parsed(line[1]) if line else ()


def find_go(at_least: Version) -> tuple[Path, Version]:
    """A Go toolchain that is new enough, with its version. Raises BuildError where there is none."""
    seen = []
    for go in _candidates():
        version = _parsed(_run([str(go), "env", "GOVERSION"], cwd=Path.cwd()).strip())
        if version >= at_least:
            return go, version
        seen.append(f"{go} is {_shown(version)}")
    raise BuildError(f"needs Go {_shown(at_least)} or newer: run `make setup` ({'; '.join(seen) or 'there is none'})")


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("go")
    if on_path:
        yield Path(on_path)
    package = importlib.util.find_spec("go")
    if package and package.origin:
        yield Path(package.origin).parent / "bin" / "go"


def _build(go: Path, module: Path, folder: Path) -> None:
    """Builds beside the place and moves there: what is in the place is whole."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as made:
        binaries = Path(made) / "bin"
        _run([str(go), "install", "tool"], cwd=module, env={**os.environ, **_BUILD_ENV, "GOBIN": str(binaries)})
        binaries.rename(folder)


def _run(command: Sequence[str], *, cwd: Path, env: dict[str, str] | None = None) -> str:
    environment = env or {**os.environ, **_BUILD_ENV}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-_LINES_OF_OUTPUT:])
        raise BuildError(f"{' '.join(command)} in {cwd} failed:\n{said}")
    return done.stdout


def _key(module: Path, version: Version) -> str:
    digest = hashlib.sha256(f"{_shown(version)} {sorted(_BUILD_ENV.items())}".encode())
    for name in ("go.mod", "go.sum"):
        digest.update((module / name).read_bytes())
    return digest.hexdigest()[:16]


def _parsed(version: str) -> Version:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _shown(version: Version) -> str:
    return ".".join(map(str, version))


def main(wanted: Sequence[str]) -> int:
    """Builds and says where."""
    try:
        for name in wanted or names():
            print(built(name))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
