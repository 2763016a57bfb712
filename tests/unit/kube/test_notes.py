from __future__ import annotations

from hybridface_operator.kube.notes import last_note


def event(note: str, made: str, last: str | None = None, precise: str | None = None) -> dict[str, object]:
    return {
        "metadata": {"creationTimestamp": made},
        "note": note,
        "deprecatedLastTimestamp": last,
        "eventTime": precise,
    }


def test_the_newest_counts_also_where_an_older_one_was_said_again():
    once = event("Error creating: pods are forbidden: b", "2026-01-01T00:00:05Z", "2026-01-01T00:00:05Z")
    again = event("Error creating: pods are forbidden: a", "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z")
    assert last_note([once, again]) == "pods are forbidden: a"
    new = event("c", "2026-01-01T00:00:09Z", precise="2026-01-01T00:00:09.500000Z")
    assert last_note([again, new]) == "c"


def test_nobody_may_have_said_anything():
    assert last_note([]) == ""
    assert last_note([event("", "2026-01-01T00:00:00Z")]) == ""
