"""Builds the servers that the integration tests run, from the Go modules that pin them, once for this machine.

`build_tools.py [MODULE | MODULE/BINARY]...` builds these, `--tier TIER` those of a tier of tests, or all of
tests/integration/tools, and prints where they are. A module pins one or more binaries by `tool` lines; each is built
when it is asked for. Beside go.mod, a file `ldflags` is handed to the linker, and a file `tier` names the only tier
that needs the module; without one every tier with servers does. Binaries are kept in HYBRIDFACE_TOOLS_CACHE (by default
~/.cache/hybridface/tools), by the content of these files and the version of Go: a change of any of them builds anew.
Several processes may ask at once; one builds.

Go is the one on the PATH where it is new enough, and else the one that the development dependencies bring.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
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


def built(name: str, binary: str | None = None) -> Path:
    """A module's binary, or its only one, built first where it is not there yet.

    Raises:
        BuildError: there is no such tool, no Go that is new enough, or it does not build.
    """
    module = MODULES / name
    if not (module / "go.mod").is_file():
        raise BuildError(f"there is no tool {name!r}; there are: {', '.join(names())}")
    packages = binaries(module)
    if binary is None and len(packages) == 1:
        (binary,) = packages
    if binary is None or binary not in packages:
        raise BuildError(f"{name!r} has no tool {binary!r}; it has: {', '.join(packages)}")
    go, version = find_go(needed(module))
    cache = Path(os.environ.get("HYBRIDFACE_TOOLS_CACHE") or Path.home() / ".cache" / "hybridface" / "tools")
    place = cache / f"{name}-{_key(module, version)}" / binary
    if place.is_file():  # who only wants to use it waits for nobody who builds another version
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_file():
            _build(go, module, packages[binary], place)
    return place


def sources(name: str, path: str) -> Path:
    """The folder of a Go module that a module of tools pins, such as of a chart that comes with a server.

    Raises:
        BuildError: there is no Go that is new enough, or the module cannot be had.
    """
    module = MODULES / name
    go, _ = find_go(needed(module))
    told = json.loads(_run([str(go), "mod", "download", "-json", path], cwd=module))
    return Path(told["Dir"])


def names() -> list[str]:
    """Every module that there is."""
    return sorted(path.parent.name for path in MODULES.glob("*/go.mod"))


def every(tier: str | None = None) -> list[tuple[str, str]]:
    """Every binary that there is, or that a tier of tests needs, after its module."""
    modules = [MODULES / name for name in names()]
    return [(module.name, binary) for module in modules if _serves(module, tier) for binary in binaries(module)]


def _serves(module: Path, tier: str | None) -> bool:
    file = module / "tier"
    return tier is None or not file.is_file() or file.read_text(encoding="utf-8").strip() == tier


def binaries(module: Path) -> dict[str, str]:
    """The module's binaries, as Go names them, and the packages that they are made from."""
    text = (module / "go.mod").read_text(encoding="utf-8")
    packages: list[str] = re.findall(r"^tool ([^(\s]+)$", text, re.MULTILINE)
    for block in re.findall(r"^tool \((.*?)^\)", text, re.MULTILINE | re.DOTALL):
        packages += block.split()
    return {re.sub(r"/v\d+$", "", package).rpartition("/")[2]: package for package in sorted(packages)}


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


def _build(go: Path, module: Path, package: str, place: Path) -> None:
    """Builds beside the place and moves there: what is in the place is whole."""
    with tempfile.TemporaryDirectory(dir=place.parent.parent, prefix=".build-") as made:
        command = [str(go), "install", f"-ldflags=-s {' '.join(_ldflags(module).split())}", package]
        _run(command, cwd=module, env={**os.environ, **_BUILD_ENV, "GOBIN": made})
        place.parent.mkdir(exist_ok=True)
        (Path(made) / place.name).rename(place)


def _ldflags(module: Path) -> str:
    file = module / "ldflags"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


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
    digest.update(_ldflags(module).encode())
    return digest.hexdigest()[:16]


def _parsed(version: str) -> Version:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _shown(version: Version) -> str:
    return ".".join(map(str, version))


def main(wanted: Sequence[str]) -> int:
    """Builds and says where."""
    tier = wanted[1] if len(wanted) == 2 and wanted[0] == "--tier" else None
    named = [] if tier else [name.split("/", 1) for name in wanted]
    try:
        for tool in named or every(tier):
            print(built(*tool), flush=True)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
