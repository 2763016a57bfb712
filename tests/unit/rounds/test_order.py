"""The order in which jobs are looked at that are due together."""

from __future__ import annotations

import pytest

from hybridface_operator.rounds.order import turn

CREATED = "2026-11-01T12:00:00Z"


def body(created: object = CREATED, **spec: object) -> dict[str, object]:
    return {"metadata": {"creationTimestamp": created}, "spec": spec}


def test_priority_counts_before_deadline_and_deadline_before_age():
    jobs = {
        "urgent": body("2026-11-01T12:00:09Z", priority="urgent"),
        "high": body(priority="high"),
        "soon": body("2026-11-01T12:00:05Z", completeWithin="1h"),
        "later": body("2026-11-01T12:00:04Z", completeWithin="1h30m"),
        "old": body("2026-11-01T11:00:00Z", priority="normal"),
        "new": body("2026-11-01T11:00:00.5Z"),
        "low": body("2026-10-01T12:00:00Z", priority="low"),
    }
    assert sorted(sorted(jobs), key=lambda name: turn(jobs[name])) == list(jobs)


@pytest.mark.parametrize(
    "hostile",
    [
        None,
        {"metadata": {}},
        body(None),
        body("yesterday"),
        body(priority="first"),
        body(priority=[]),
        body(completeWithin="soon"),
        body(completeWithin=7),
        body(completeWithin="99999999999999999h"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_looked_at_first(hostile):
    assert turn(hostile) < turn(body(priority="urgent"))
