from __future__ import annotations

from pathlib import Path

import yaml

from hybridface_operator.manifests.events import MAX_NOTE_BYTES, job_event
from hybridface_worker.contract.reasons import Reason
from support.attempts import JOB

GOLDEN = Path(__file__).parents[2] / "data" / "manifests"


def event(**changes):
    fields = {
        "kind": "Normal",
        "reason": Reason.PLACED,
        "action": "Place",
        "note": "3 shards in private",
        "now": "2026-01-01T00:00:00.000000Z",
        "instance": "hybridface-operator-0",
    }
    return job_event(JOB, **{**fields, **changes})


def test_an_event_is_as_its_golden_file():
    assert event() == yaml.safe_load((GOLDEN / "event-placed.yaml").read_text())


def test_the_same_event_has_one_name_and_another_has_another():
    assert event()["metadata"]["name"] == event()["metadata"]["name"]
    assert event()["metadata"]["name"] != event(note="4 shards in private")["metadata"]["name"]


def test_a_long_note_is_cut_between_characters():
    note = event(note="ü" * 600)["note"]
    assert len(note.encode()) <= MAX_NOTE_BYTES
    assert set(note) == {"ü"}
