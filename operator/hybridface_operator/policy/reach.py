"""Which jobs each rule of a policy can still match, after the rules before it.

A rule is taken apart into cells of one sensitivity and one priority. An earlier rule takes a cell where whatever else
it asks for holds whenever the later one's does, so that several rules can shadow one together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hybridface_operator.spec.types import seconds

from .policy import Rule, When
from .types import PRIORITIES, Priority, Sensitivity

Cell = tuple[Sensitivity, Priority]


def reach(rules: Sequence[Rule]) -> list[frozenset[Cell]]:
    """For each rule the cells that no earlier rule takes whole; empty where the rule can never match."""
    return [
        cells(rule.when).difference(
            *(cells(earlier.when) for earlier in rules[:index] if _holds_with(earlier.when, rule.when))
        )
        for index, rule in enumerate(rules)
    ]


def cells(when: When) -> frozenset[Cell]:
    """Every sensitivity with every priority that it is for."""
    return frozenset(product(when.sensitivity or tuple(Sensitivity), when.priority or PRIORITIES))


def _holds_with(wide: When, narrow: When) -> bool:
    """Whether all that `wide` asks for besides sensitivity and priority holds whenever `narrow` does."""
    return (
        (wide.namespaces is None or (narrow.namespaces is not None and {*narrow.namespaces} <= {*wide.namespaces}))
        and (wide.labels is None or (narrow.labels is not None and wide.labels.items() <= narrow.labels.items()))
        and (
            wide.time_left_below is None
            or (narrow.time_left_below is not None and seconds(narrow.time_left_below) <= seconds(wide.time_left_below))
        )
        and (
            wide.private_backlog_above is None
            or (
                narrow.private_backlog_above is not None
                and seconds(narrow.private_backlog_above) >= seconds(wide.private_backlog_above)
            )
        )
    )
