"""What an output needs, from what stands in its place."""

from __future__ import annotations

import pytest

from hybridface_operator.planning.standing import Standing, needed_chunks, standing
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
        (None, None, "fail", Standing.WANTED),
        (None, "published", "fail", Standing.WANTED),
        (None, "failed", "replace", Standing.WANTED),
        (OURS, "published", "fail", Standing.DONE),
        (OURS, "published", "replace", Standing.DONE),
        (OURS, None, "fail", Standing.UNREPORTED),
        (OURS, "failed", "fail", Standing.UNREPORTED),
        (OTHERS, None, "fail", Standing.IN_THE_WAY),
        ({}, "published", "fail", Standing.IN_THE_WAY),
        (OTHERS, "published", "replace", Standing.WANTED),
    ],
)
def test_what_an_output_needs(there, reported, on_conflict, expected):
    assert standing(JOB.uid, there, report(reported) if reported else None, on_conflict) is expected


def test_a_chunk_is_needed_where_any_output_made_of_it_is_wanted():
    made = plan(video("clip", 100), images("stills", 130), sources=["a", "b"])
    stills = [output for output in made.outputs if output.target == "stills"]
    needed = needed_chunks(made, {("a", stills[129]), ("b", made.outputs[0])})
    assert [(chunk.source, chunk.target, chunk.start) for chunk in needed] == [
        ("b", "clip", 0),
        ("b", "clip", 50),
        ("a", "stills", 86),
    ]
