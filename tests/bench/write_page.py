"""Puts the stored results into docs/reference/performance.md, between its two marks, and draws its plots.

`python -m bench.write_page`
"""

from __future__ import annotations

from pathlib import Path

from . import plots
from .results import STORED, Results, markdown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def main() -> None:
    """Replaces what stands between the marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    results = Results.from_json(STORED.read_text())
    PAGE.write_text(f"{before}{BEGIN}\n{markdown(results)}\n{END}{after}")
    plots.write(results)


if __name__ == "__main__":
    main()
