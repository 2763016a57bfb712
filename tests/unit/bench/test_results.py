"""The stored results, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

from bench.figures import Figure, Goal
from bench.results import STORED, Results, markdown, rows

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "performance.md"
MACHINE = {"cpu": "A CPU", "cores": 2, "memory_gib": 8, "versions": {"Python": "3.11"}}
GIVEN = Results.of(
    MACHINE,
    {"overlap": "abc", "joins": "def"},
    (
        Figure("overlap", "Overlap", 0.912, goal=Goal("at least", 0.9), details={"rounds": [0.91]}),
        Figure("joins", "Step", 0.7, "dB", goal=Goal("at most", 0.5)),
        Figure("overlap", "Speed", 123.4, "frames/s"),
    ),
)


def test_what_is_stored_is_read_back():
    assert Results.from_json(GIVEN.to_json()) == GIVEN


def test_a_measurement_that_is_repeated_replaces_its_own_figures_alone():
    again = Results.of(MACHINE, {"joins": "new"}, (Figure("joins", "Step", 0.1, "dB"),))
    both = again.replacing(GIVEN)
    assert [(figure.what, figure.value) for figure in both.figures] == [
        ("Overlap", 0.912),
        ("Speed", 123.4),
        ("Step", 0.1),
    ]
    assert {name: each.commit for name, each in both.measured.items()} == {"overlap": "abc", "joins": "new"}


def test_figures_of_another_machine_stay_and_are_not_mixed_with_these():
    other = {**MACHINE, "cpu": "Another CPU"}
    again = Results.of(other, {"joins": "new"}, (Figure("joins", "Step", 0.1, "dB"),)).replacing(GIVEN)
    first, second = markdown(again).split("\n\nAnother CPU, ")
    assert "overlap at abc" in first
    assert "Overlap" in first
    assert "Step" not in first
    assert "joins at new" in second
    assert "| Step | 0.1 dB |" in second


def test_a_row_says_value_goal_and_verdict():
    assert rows(GIVEN.figures) == [
        ("Overlap", "0.912", "at least 0.9", "reached"),
        ("Step", "0.7 dB", "at most 0.5 dB", "not reached"),
        ("Speed", "123 frames/s", "", ""),
    ]


def test_the_page_shows_the_stored_results_and_no_others():
    assert markdown(Results.from_json(STORED.read_text())) in PAGE.read_text()


def test_the_stored_results_name_no_folder():
    assert "/home" not in STORED.read_text()
    assert "/root" not in STORED.read_text()
