from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path):
    """What setup.sh reads, and stand-ins for the commands that it runs, each in its own way."""
    for name in ("scripts", "requirements"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "scripts/setup.sh", tmp_path / "scripts")
    (tmp_path / "pyproject.toml").write_text("")
    for name in ("dev", "uv"):
        (tmp_path / f"requirements/{name}.txt").write_text("")
    (tmp_path / "bin").mkdir()
    return tmp_path


def _command(checkout: Path, name: str, script: str) -> None:
    file = checkout / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def _setup(checkout: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        [checkout / "scripts/setup.sh"], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_without_ensurepip_and_without_root_it_names_what_to_install(checkout):
    _command(checkout, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    _command(checkout, "id", "echo 1000")
    result = _setup(checkout)
    assert result.returncode == 1
    assert "apt-get install python3-venv ca-certificates" in result.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_refused_by_its_version(checkout):
    _command(checkout, "python3", 'case "$*" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    result = _setup(checkout)
    assert result.returncode == 1
    assert "older than 3.11: Python 3.9.2" in result.stderr


def test_with_root_the_missing_packages_are_installed_and_a_failure_there_is_not_passed_over(checkout):
    _command(checkout, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    _command(checkout, "id", "echo 0")
    _command(checkout, "apt-get", f'echo "$*" >> {checkout}/apt; case "$*" in *python3-venv*) exit 7;; esac')
    result = _setup(checkout)
    assert result.returncode == 7
    assert (checkout / "apt").read_text().splitlines()[-1].endswith("python3-venv ca-certificates")


def test_what_was_set_up_already_is_left_alone(checkout):
    _command(checkout, "python3", 'case "$*" in --version) echo Python 3.11.2;; esac')
    files = ("pyproject.toml", "requirements/dev.txt", "requirements/uv.txt", "scripts/setup.sh")
    parts = [checkout / name for name in files]
    text = f"{checkout}\nPython 3.11.2\n" + "".join(part.read_text() for part in parts)
    (checkout / ".venv").mkdir()
    (checkout / ".venv/.stamp").write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  -\n")
    result = _setup(checkout)
    assert (result.returncode, result.stdout) == (0, "")
    assert [file.name for file in (checkout / ".venv").iterdir()] == [".stamp"]
