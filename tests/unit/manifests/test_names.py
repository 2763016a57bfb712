from __future__ import annotations

import pytest

from hybridface_operator.manifests.attempt import MAX_JOB_NAME, job_name, secret_name
from hybridface_operator.policy.types import Sensitivity
from support.attempts import UID

LONGEST = "a" * 51 + "b"


def test_a_jobs_name_says_job_phase_and_attempt():
    assert job_name("spring-campaign", "swap", 3) == "spring-campaign-s-3"
    assert job_name("spring-campaign", "probe", 1) == "spring-campaign-p-1"
    assert job_name("spring-campaign", "merge", 12) == "spring-campaign-m-12"


@pytest.mark.parametrize("number", [1, 99, 100, 99_999, 10**9])
def test_the_longest_name_leaves_room_for_the_highest_index(number):
    name = job_name(LONGEST, "swap", number)
    assert len(name) <= MAX_JOB_NAME
    assert name.endswith(f"-s-{number}")


def test_names_that_are_cut_stay_apart():
    assert job_name(LONGEST, "swap", 1000) != job_name(LONGEST[:-1] + "c", "swap", 1000)


def test_a_name_is_not_cut_behind_a_dash():
    assert "--" not in job_name("a" * 42 + "-" * 9 + "b", "swap", 1000)


def test_a_secrets_name_tells_sensitivity_job_and_attempt():
    assert secret_name(Sensitivity.RESTRICTED, UID, 3) == f"hf-restricted-{UID}-3"
