"""The `hybridface` command: what it says and what it exits with."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from hybridface_operator import cli, extras
from hybridface_operator.commands import local
from hybridface_operator.serving.main import main as operator
from hybridface_worker import __version__
from hybridface_worker.contract.document import DocumentError


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hybridface", *arguments])
        monkeypatch.setenv("COLUMNS", "80")  # however narrow the terminal is that the tests run in
        status = cli.main()
        return status, *capsys.readouterr()

    return run


def without(monkeypatch, *modules: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in modules else find(name))


def test_the_version(command):
    assert command("--version") == (0, f"hybridface {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments", [("run",), ("run", "a.yaml", "--workers", "0"), ("rum",), ("run", "a.yaml", "--sotre", "x")]
)
def test_wrong_use_is_one_line_and_2(command, arguments):
    status, out, err = command(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("hybridface: ")
    assert err.endswith(f"See `hybridface{'' if arguments == ('rum',) else ' run'} --help`.\n")


def test_nothing_at_all_shows_what_there_is(command):
    status, out, err = command()
    assert (status, err) == (2, "")
    assert out == command("--help")[1]


def test_a_manifest_that_is_not_there_is_wrong_input(command, tmp_path):
    status, _, err = command("run", str(tmp_path / "none.yaml"), "--store", str(tmp_path / "store"))
    assert status == 2
    assert "none.yaml" in err


def test_a_store_of_a_newer_release_is_one_line_and_2(command, monkeypatch):
    def run(*_: object) -> int:
        raise DocumentError("plan.json", ["halo: Extra inputs are not permitted"], newer=True)

    monkeypatch.setattr(local, "run_manifest", run)
    status, _, err = command("run", "job.yaml")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("hybridface: plan.json: halo: Extra")
    assert f"a release newer than {__version__}, which reads it, wrote that" in err


def test_everything_that_is_wrong_with_a_manifest_is_said(command, tmp_path):
    (tmp_path / "job.yaml").write_text("apiVersion: hybridface.dev/v1alpha1\nkind: FaceSwapJob\nmetadata: {nam: x}\n")
    status, _, err = command("run", str(tmp_path / "job.yaml"))
    assert status == 2
    assert "metadata.nam" in err
    assert all(line.startswith("hybridface: ") for line in err.splitlines())


def test_without_the_worker_extra_it_names_what_to_install(command, monkeypatch, tmp_path):
    without(monkeypatch, "av", "onnxruntime")
    status, _, err = command("run", str(tmp_path / "job.yaml"))
    assert status == 2
    assert err == "hybridface: this command needs the worker and cpu extras: pip install 'hybridface[worker,cpu]'\n"


def test_without_the_operator_extra_it_names_that(command, monkeypatch):
    without(monkeypatch, "typer")
    status, _, err = command("--version")
    assert status == 2
    assert "pip install 'hybridface[operator]'" in err


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("", "run      Run the jobs of a manifest on this machine."),
        ("run", "--store DIR"),
        ("explain", "--live "),
        ("policy publish", "--pools FILE"),
    ],
)
def test_help_is_no_error(command, arguments, shown):
    status, out, err = command(*arguments.split(), "--help")
    assert (status, err) == (0, "")
    assert shown in out
    assert "..." not in out.partition("Options:")[2]


def test_the_operator_says_how_it_is_told_what_to_do(capsys):
    with pytest.raises(SystemExit) as end:
        operator(["--help"])
    assert end.value.code == 0
    assert "HYBRIDFACE_*" in capsys.readouterr().out


@pytest.mark.parametrize(
    "image", ["http://faces/a.jpg", "s3:///a.jpg", "s3://faces/*.jpg", "a.jpg ", "file://a%zz.jpg"]
)
def test_an_address_that_is_none_is_refused_before_anybody_looks_for_faces(command, monkeypatch, image):
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a worker was started"))
    status, _, err = command("faces", image)
    assert status == 2
    assert err.startswith("hybridface: ")
    assert err.count("\n") == 1


def test_ctrl_c_while_libraries_are_imported_is_one_line(monkeypatch, capsys):
    def interrupted(_extras):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "missing_extras", interrupted)
    assert cli.main() == 1
    assert capsys.readouterr().err == ("hybridface: interrupted before any work was done; run the same command again\n")
