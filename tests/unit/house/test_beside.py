"""Two commands at the same time: both are run to their end, and heard."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[3] / "scripts" / "beside.sh"


def beside(first: str, second: str) -> subprocess.CompletedProcess[str]:
    command = [str(BESIDE), "bash", "-c", first, "--", "bash", "-c", second]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_the_second_says_comes_last(tmp_path):
    fifo = tmp_path / "fifo"  # whoever opens it waits for the other
    done = beside(
        f"mkfifo {fifo}; echo first; cat {fifo}", f"echo second; until [[ -p {fifo} ]]; do :; done; : >{fifo}"
    )
    assert (done.returncode, done.stdout) == (0, "first\nsecond\n")


def test_the_second_is_the_less_urgent():
    first, second = beside("nice", "nice").stdout.split()
    assert int(second) == 19 >= int(first)


@pytest.mark.parametrize(("first", "second"), [("exit 3", "true"), ("true", "exit 3")])
def test_it_fails_where_one_of_them_does(first, second):
    done = beside(f"echo first; {first}", f"echo second; {second}")
    assert (done.returncode, done.stdout) == (3, "first\nsecond\n")
