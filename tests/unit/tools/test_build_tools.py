from __future__ import annotations

import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import build_tools
from build_tools import BuildError, built, find_go

FAKE_GO = """#!/bin/sh
case "$1" in
env) echo go%s ;;
install)
    echo "$PWD" >> "%s"
    test -e broken && { echo "it is broken" >&2; exit 1; }
    mkdir -p "$GOBIN" && echo '#!/bin/sh' > "$GOBIN/server" ;;
esac
"""


@pytest.fixture
def builds(tmp_path):
    """Where the stand-in for Go notes each build."""
    return tmp_path / "builds"


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch, builds):
    """One tool that needs Go 1.24, and a cache of its own."""
    folder = tmp_path / "modules" / "server"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module x\n\ngo 1.24.0\n\ntool example.org/server\n")
    (folder / "go.sum").write_text("")
    monkeypatch.setattr(build_tools, "MODULES", folder.parent)
    monkeypatch.setenv("HYBRIDFACE_TOOLS_CACHE", str(tmp_path / "cache"))
    install_go(tmp_path, monkeypatch, builds, "1.26.1")
    return folder


def install_go(tmp_path, monkeypatch, builds, version):
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin" / "go").write_text(FAKE_GO % (version, builds))
    (tmp_path / "bin" / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.defpath}")


def test_a_tool_is_built_once_whoever_asks(builds):
    with ThreadPoolExecutor(4) as threads:
        paths = set(threads.map(built, ["server"] * 8))
    assert [path.name for path in paths] == ["server"]
    assert paths.pop().is_file()
    assert len(builds.read_text().splitlines()) == 1


@pytest.mark.parametrize("name", ["go.mod", "go.sum"])
def test_another_pin_is_built_anew(module, builds, name):
    first = built("server")
    with (module / name).open("a") as file:
        file.write("\n// changed\n")
    assert built("server") != first
    assert first.is_file()


def test_another_go_builds_anew(tmp_path, monkeypatch, builds):
    first = built("server")
    install_go(tmp_path, monkeypatch, builds, "1.27.0")
    assert built("server") != first


def test_a_go_that_is_too_old_is_passed_over(tmp_path, monkeypatch, builds):
    install_go(tmp_path, monkeypatch, builds, "1.19.8")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BuildError, match=r"needs Go 1\.24\.0 or newer: run `make setup` \(.*/bin/go is 1\.19\.8\)"):
        built("server")


def test_the_go_of_the_development_dependencies_stands_in(tmp_path, monkeypatch, builds):
    install_go(tmp_path, monkeypatch, builds, "1.19.8")
    go, version = find_go((1, 24))
    assert go.parts[-3:] == ("go", "bin", "go")
    assert version >= (1, 24)


def test_what_does_not_build_says_why_and_leaves_nothing(module, tmp_path):
    (module / "broken").touch()
    with pytest.raises(BuildError, match="it is broken"):
        built("server")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["server.lock"]


def test_a_name_that_is_no_tool_is_told_which_there_are():
    with pytest.raises(BuildError, match="there is no tool 'sever'; there are: server"):
        built("sever")
