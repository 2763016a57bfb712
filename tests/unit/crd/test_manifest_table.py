"""What the models say of the manifests that an API server is asked about as well."""

from __future__ import annotations

import pytest

from hybridface_operator.spec.parse import parse_job
from hybridface_operator.spec.problems import SpecError, path_of
from support.manifest_table import ONLY_LOCAL, TAKEN, Case, cases


def refusals(body) -> list[str]:
    try:
        parse_job(body)
    except SpecError as error:
        return [path_of(problem.location) for problem in error.problems]
    return []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_manifest_is_judged_by_the_models(case: Case):
    found = refusals(case.body)
    if case.field is None:
        assert found == []
    else:
        assert any(path.startswith(case.field) for path in found), found


@pytest.mark.parametrize(("name", "body", "field"), ONLY_LOCAL)
def test_what_runs_on_one_machine_is_taken_by_the_models(name, body, field):
    assert refusals(body) == []


def test_names_tell_the_cases_apart():
    names = [case.name for case in cases()]
    assert len(names) == len(set(names)) > len(TAKEN)
