"""Which rule is for a job: the first whose `when` holds entirely."""

from __future__ import annotations

from hybridface_operator.policy.policy import DEFAULT_RULE, Places, When
from hybridface_operator.spec.types import seconds

from .gates import Asked
from .ledger import Ledger


def choose(asked: Asked, ledger: Ledger) -> tuple[str, Places]:
    """The name of the rule, and the pools that it names, the preferred one first."""
    for rule in ledger.policy.rules:
        if _of_this_kind(rule.when, asked) and _at_this_time(rule.when, asked, ledger):
            return rule.name, rule.place
    return DEFAULT_RULE, ledger.policy.default.place


def rule_named(name: str) -> str:
    """A rule as messages call it."""
    return "the default" if name == DEFAULT_RULE else f'the rule "{name}"'


def _of_this_kind(when: When, asked: Asked) -> bool:
    request = asked.request
    return (
        (when.sensitivity is None or request.sensitivity in when.sensitivity)
        and (when.priority is None or request.priority in when.priority)
        and (when.namespaces is None or request.job.namespace in when.namespaces)
        and (when.labels is None or when.labels.items() <= request.labels.items())
    )


def _at_this_time(when: When, asked: Asked, ledger: Ledger) -> bool:
    if when.time_left_below is not None and (
        asked.seconds_left is None or asked.seconds_left >= seconds(when.time_left_below)
    ):
        return False
    return when.private_backlog_above is None or ledger.private_backlog_seconds > seconds(when.private_backlog_above)
