from __future__ import annotations

import importlib.util
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import build_tools
from build_tools import BuildError, built, find_go

FAKE_GO = """#!/bin/sh
case "$1" in
env) echo go%s ;;
mod) test "$2 $3" = "download -json" && echo '{"Path": "'"$4"'", "Dir": "/modules/'"$4"'"}' ;;
install)
    echo "$2 $3" >> "%s"
    test -e broken && { echo "it is broken" >&2; exit 1; }
    binary=${3%%/v3}
    mkdir -p "$GOBIN" && echo '#!/bin/sh' > "$GOBIN/${binary##*/}" ;;
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


def test_of_a_module_with_several_binaries_only_the_one_asked_for_is_built(module, builds):
    (module / "go.mod").write_text("module x\n\ngo 1.24.0\n\ntool (\n\texample.org/one/v3\n\texample.org/two\n)\n")
    (module / "ldflags").write_text("-X a.b=1\n-X a.c=2\n")
    assert built("server", "one").name == "one"
    assert builds.read_text() == "-ldflags=-s -X a.b=1 -X a.c=2 example.org/one/v3\n"
    assert built("server", "two").parent == built("server", "one").parent
    assert build_tools.every() == [("server", "one"), ("server", "two")]


def test_a_binary_that_the_module_does_not_pin_is_told_which_it_does(module):
    with pytest.raises(BuildError, match="'server' has no tool 'client'; it has: server"):
        built("server", "client")
    (module / "go.mod").write_text("go 1.24.0\ntool example.org/one\ntool example.org/two\n")
    with pytest.raises(BuildError, match="it has: one, two"):
        built("server")


def test_the_command_takes_modules_and_single_binaries(capsys):
    assert build_tools.main(["server", "server/server"]) == 0
    assert build_tools.main([]) == 0
    assert capsys.readouterr().out.splitlines() == [str(built("server"))] * 3


def test_the_sources_of_a_module_are_where_go_keeps_them():
    assert build_tools.sources("server", "example.org/server") == Path("/modules/example.org/server")


def test_a_tier_has_its_own_modules_and_those_that_name_none(module, capsys):
    other = module.parent / "node"
    other.mkdir()
    (other / "go.mod").write_text("module y\n\ngo 1.24.0\n\ntool example.org/node\n")
    (other / "go.sum").write_text("")
    (other / "tier").write_text("cluster\n")
    assert build_tools.every("integration") == [("server", "server")]
    assert build_tools.every("cluster") == [("node", "node"), ("server", "server")]
    assert build_tools.main(["--tier", "integration"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(built("server"))]


def test_what_runs_on_nodes_is_of_the_version_of_what_rules_them():
    tools = Path(__file__).parent.parent.parent / "integration" / "tools"
    plane, nodes = ((tools / name / "go.mod").read_text() for name in ("kubernetes", "nodes"))
    pin = re.compile(r"k8s\.io/kubernetes (v\S+)")
    assert set(pin.findall(plane)) == set(pin.findall(nodes)) != set()
    assert (tools / "nodes" / "ldflags").read_text() == (tools / "kubernetes" / "ldflags").read_text()


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "ldflags"])
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
