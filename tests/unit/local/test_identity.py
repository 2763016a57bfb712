"""Which runs are the same job, and what made one anew."""

from __future__ import annotations

import pytest

from hybridface_operator.local.identity import changed_inputs, job_uid
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.spec import JobRef, Limits
from hybridface_worker.contract.task import Attempt, MergeTask
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from support.plans import inputs, models

USUAL = Limits()
SPEC = {"sources": [], "chunkFrames": 64}


def uid(*, namespace="local", name="spring", spec=SPEC, given=None, swapper="identity", limits=USUAL):
    return job_uid(namespace, name, spec, models(swapper), given or inputs(["clip"]), limits)


def test_the_same_job_has_the_same_uid():
    assert uid() == uid(spec=dict(reversed(SPEC.items())))
    assert len(uid()) == 32


@pytest.mark.parametrize(
    "other",
    [
        {"namespace": "other"},
        {"name": "summer"},
        {"spec": {**SPEC, "chunkFrames": 96}},
        {"given": inputs(["clip", "more"])},
        {"swapper": "blend"},
        {"limits": Limits(max_pixels=10**9)},
    ],
)
def test_whatever_the_result_depends_on_makes_another_job(other):
    assert uid(**other) != uid()


def ref(name="spring", uid="a" * 32):
    return JobRef(namespace="local", name=name, uid=uid)


def touched(given: Inputs) -> Inputs:
    target = given.targets[0].model_copy(update={"etag": "new"})
    return given.model_copy(update={"targets": (target, *given.targets[1:])})


def run_before(root, job: JobRef, given: Inputs) -> None:
    area = JobArea(FolderStore(root), layout.job_prefix("local", job.uid))
    area.put(layout.INPUTS, given)
    area.put(layout.attempt(1), Attempt(attempt=1, job=job, pool="local", work=MergeTask(shards=())))


def test_inputs_that_changed_since_a_job_of_that_name_ran_are_named(tmp_path):
    run_before(tmp_path, ref(), inputs(["clip", "more"]))
    now = touched(inputs(["clip", "more"]))
    assert changed_inputs(tmp_path, ref(uid="b" * 32), now) == [now.targets[0].uri]


def test_other_jobs_and_a_job_that_goes_on_have_no_changed_inputs(tmp_path):
    run_before(tmp_path, ref(name="summer"), inputs(["clip"]))
    assert changed_inputs(tmp_path, ref(uid="b" * 32), touched(inputs(["clip"]))) == []
    run_before(tmp_path, ref(uid="c" * 32), inputs(["clip"]))
    assert changed_inputs(tmp_path, ref(uid="c" * 32), touched(inputs(["clip"]))) == []


def test_the_first_run_of_all_has_none(tmp_path):
    assert changed_inputs(tmp_path / "none", ref(), inputs(["clip"])) == []
