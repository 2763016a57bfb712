"""One coordinator per job."""

from __future__ import annotations

import os

import pytest

from hybridface_operator.errors import JobBusyError
from hybridface_operator.local.lock import locked


def test_the_lock_is_held_once_and_says_by_whom(tmp_path):
    refused = pytest.raises(JobBusyError, match=f"process {os.getpid()} on ")
    with locked(tmp_path / "job"), refused, locked(tmp_path / "job"):
        pass


def test_it_is_free_afterwards_and_of_each_job_alone(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "a"), locked(tmp_path / "b"):
            pass


def test_a_holder_that_left_nothing_readable_is_told_as_such(tmp_path):
    with locked(tmp_path):
        (tmp_path / ".lock").write_text("")
        with pytest.raises(JobBusyError, match="another process"), locked(tmp_path):
            pass
