"""One pass over all waiting jobs: who comes first, and what the later ones find left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import PRIORITIES, Priority, moment

from .decide import decide
from .facts import Facts, JobFacts
from .ledger import Ledger
from .placement import Placement
from .request import Request

NOTHING_RUNS = JobFacts()
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Decision:
    """What became of one request."""

    request: Request
    """What was asked."""
    facts: Facts
    """At this job's turn, what the pass had given away before taken off: `route` with them decides the same."""
    placement: Placement
    """Where it goes."""


def allocate(requests: Sequence[Request], inventory: Inventory, policy: Policy, facts: Facts) -> tuple[Decision, ...]:
    """Decides for every request, in the order in which they are served: priority, deadline, age, uid.

    Pure, total and deterministic. Where no policy was ever seen, `fallback.private_only` makes one.
    """
    ledger = Ledger(inventory, policy, facts)
    return tuple(_turn(request, ledger, facts) for request in sorted(requests, key=_precedence))


def route(request: Request, inventory: Inventory, policy: Policy, facts: Facts) -> Placement:
    """The same for one request alone."""
    return decide(request, facts.jobs.get(request.job.uid, NOTHING_RUNS), Ledger(inventory, policy, facts))


def _turn(request: Request, ledger: Ledger, facts: Facts) -> Decision:
    uid = request.job.uid
    own = facts.jobs.get(uid)
    left = Facts(now=facts.now, pools=ledger.facts, jobs={} if own is None else {uid: own})
    placement = decide(request, own or NOTHING_RUNS, ledger)
    if request.phase == "swap":
        for share in placement.shares:
            ledger.give(share.pool, share.parallelism)
    return Decision(request, left, placement)


def precedence(priority: Priority, deadline: datetime | None, created: datetime) -> tuple[int, datetime, datetime]:
    """Sorts jobs as they are served. Raises ValueError for no priority."""
    return -PRIORITIES.index(priority), deadline or _NEVER, created


def _precedence(request: Request) -> tuple[tuple[int, datetime, datetime], str]:
    deadline = None if request.deadline is None else moment(request.deadline)
    return precedence(request.priority, deadline, moment(request.created)), request.job.uid
