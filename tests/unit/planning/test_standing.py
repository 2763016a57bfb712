"""What an output needs, from what stands in its place."""

from __future__ import annotations

import pytest

from hybridface_operator.planning.standing import OutputStanding, needed_chunks, output_standing
from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import OutputReport
from support.plans import JOB, images, plan, video

OURS = {layout.OUTPUT_UID: JOB.uid}
OTHERS = {layout.OUTPUT_UID: "0" * 32}


def report(outcome):
    return OutputReport(job=JOB, source="actor", target="t", item=0, uri="s3://r/x", outcome=outcome)


@pytest.mark.parametrize(
    ("there", "reported", "on_conflict", "expected"),
    [
        (None, None, "fail", OutputStanding.WANTED),
        (None, "published", "fail", OutputStanding.WANTED),
        (None, "failed", "replace", OutputStanding.WANTED),
        (OURS, "published", "fail", OutputStanding.DONE),
        (OURS, "published", "replace", OutputStanding.DONE),
        (OURS, None, "fail", OutputStanding.UNREPORTED),
        (OURS, "failed", "fail", OutputStanding.UNREPORTED),
        (OTHERS, None, "fail", OutputStanding.IN_THE_WAY),
        ({}, "published", "fail", OutputStanding.IN_THE_WAY),
        (OTHERS, "published", "replace", OutputStanding.WANTED),
    ],
)
def test_what_an_output_needs(there, reported, on_conflict, expected):
    assert output_standing(JOB.uid, there, report(reported) if reported else None, on_conflict) is expected


def test_a_chunk_is_needed_where_any_output_made_of_it_is_wanted():
    made = plan(video("clip", 100), images("stills", 130), sources=["a", "b"])
    stills = [output for output in made.outputs if output.target == "stills"]
    needed = needed_chunks(made, {("a", stills[129]), ("b", made.outputs[0])})
    assert [(chunk.source, chunk.target, chunk.start) for chunk in needed] == [
        ("b", "clip", 0),
        ("b", "clip", 50),
        ("a", "stills", 86),
    ]
