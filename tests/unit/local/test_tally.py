"""How far a phase is."""

from __future__ import annotations

from hybridface_operator.local.tally import Tally

CHUNK = "actor/clip/v000000/00000064-00000128"


def swap(*events: dict[str, object], done: int = 0) -> Tally:
    tally = Tally("swap", total=640, done=done)
    for event in events:
        tally.event("w", event)
    return tally


def test_frames_count_as_they_are_done():
    assert swap({"event": "progress", "frames": 30}, {"event": "progress", "frames": 4}, done=64).done == 98


def test_what_a_dead_worker_had_not_committed_is_to_be_done_again():
    tally = swap(
        {"event": "progress", "frames": 100},
        {"event": "chunk.committed", "chunk": CHUNK, "outcome": "done", "frames": 64},
    )
    tally.ended("w")
    assert tally.done == 64


def test_a_failed_chunk_is_behind_us_too():
    assert swap({"event": "chunk.committed", "chunk": CHUNK, "outcome": "failed", "frames": 0}).done == 64


def test_frames_of_a_failed_chunk_count_once_however_many_had_left_the_worker():
    for told in (100, 170, 192):
        tally = swap(
            {"event": "progress", "frames": told - 50},
            {"event": "chunk.committed", "chunk": CHUNK, "outcome": "done", "frames": 64},
            {"event": "chunk.committed", "chunk": CHUNK, "outcome": "failed", "frames": 0},
            {"event": "chunk.committed", "chunk": CHUNK, "outcome": "done", "frames": 64},
            {"event": "progress", "frames": 50},
        )
        assert tally.done == 192
        tally.ended("w")
        assert tally.done == 192


def test_it_never_passes_its_total():
    assert swap({"event": "progress", "frames": 9999}).done == 640


def test_probe_counts_items_and_merge_outputs():
    probe = Tally("probe", total=3, done=0)
    probe.event("w", {"event": "item.probed"})
    merge = Tally("merge", total=3, done=1)
    merge.event("w", {"event": "output.published"})
    merge.event("w", {"event": "output.failed"})
    assert (probe.done, merge.done) == (1, 3)
