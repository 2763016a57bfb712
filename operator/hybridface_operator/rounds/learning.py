"""What the operator learns of pools from what happens there: breakers and rates. Pure: states in, states out."""

from __future__ import annotations

from datetime import datetime

from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.policy import Policy
from hybridface_operator.reconciling.observed import Observed
from hybridface_operator.reconciling.records import AttemptEnd
from hybridface_operator.routing.breakers import after_success, trip
from hybridface_operator.routing.request import model_set
from hybridface_worker.contract.spec import Models

_WEIGHT = 0.3
"""Of the newest measurement in the running mean of a rate."""
_MEASURED_SECONDS = 5.0
"""Attempts that held GPUs for less say more about starting than about working."""


def pods_found_no_node(state: OperatorState, pool: str, policy: Policy, now: datetime) -> OperatorState:
    """The pool's breaker trips."""
    breakers = {**state.breakers, pool: trip(state.breakers.get(pool), now, policy)}
    return state.model_copy(update={"breakers": breakers})


def pods_were_scheduled(state: OperatorState, seen: Observed) -> OperatorState:
    """A breaker goes where a pod of its pool got a node after it had tripped."""
    breakers = dict(state.breakers)
    for attempt in seen.live():
        for pod in attempt.pods:
            breaker = breakers.get(attempt.pool)
            if breaker is not None and pod.scheduled and after_success(breaker, pod.scheduled) is None:
                del breakers[attempt.pool]
    return state if breakers == state.breakers else state.model_copy(update={"breakers": breakers})


def attempt_ended(state: OperatorState, end: AttemptEnd, frames: int, models: Models | None) -> OperatorState:
    """The pool's rate for those models, with what the attempt showed."""
    if models is None or frames == 0 or end.gpu_seconds < _MEASURED_SECONDS:
        return state
    name = model_set(models.detector.name, models.swapper.name)
    known = state.rates.get(end.pool, {})
    measured = frames / end.gpu_seconds
    rate = measured if name not in known else (1 - _WEIGHT) * known[name] + _WEIGHT * measured
    return state.model_copy(update={"rates": {**state.rates, end.pool: {**known, name: rate}}})
