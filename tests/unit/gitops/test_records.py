from __future__ import annotations

import pytest
import yaml

from hybridface_operator.spec.parse import parse_job
from hybridface_operator.spec.status import FaceSwapJobStatus
from support.kstatus import kstatus
from support.recorded_jobs import FOLDER, records, text_of

RECORDS = records()


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_what_the_operator_writes_today(name):
    text = (FOLDER / f"{name}.yaml").read_text()
    assert text == text_of(RECORDS[name]), "run `python -m support.recorded_jobs` in tests/ and look at what changed"


def test_no_record_is_left_of_what_is_made_no_more():
    assert {path.stem for path in FOLDER.iterdir()} == set(RECORDS)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_a_job_with_a_status_that_can_be_read(name):
    body = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    status = body.pop("status")
    assert parse_job(body).metadata.name == "spring"
    assert FaceSwapJobStatus.from_wire(status).to_wire() == status


@pytest.mark.parametrize("name", RECORDS)
def test_kstatus_reads_it_as_it_is_meant(name):
    assert kstatus(RECORDS[name].body) == RECORDS[name].kstatus


@pytest.mark.parametrize("name", RECORDS)
def test_reconciling_stalled_and_ready_exclude_one_another(name):
    conditions = RECORDS[name].body["status"].get("conditions", ())
    held = {each["type"] for each in conditions if each["status"] == "True"}
    assert len(held & {"Ready", "Reconciling", "Stalled", "Suspended"}) == (1 if conditions else 0)


def test_a_job_that_has_waited_for_hours_says_for_what_and_is_no_failure():
    status = RECORDS["waiting"].body["status"]
    said = {each["type"]: each for each in status["conditions"]}
    assert said["Placed"]["message"] == "4 shards waiting: private: none of its 4 GPUs is free"
    assert said["Reconciling"]["lastTransitionTime"] == status["startTime"]
