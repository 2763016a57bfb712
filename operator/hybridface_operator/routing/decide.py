"""One job's turn in a pass: its rule, a verdict on every pool, shares, what waits, and what leaves."""

from __future__ import annotations

from .deal import shares, waiting
from .facts import Gate, JobFacts
from .gates import Asked, judge
from .hysteresis import leaving
from .ledger import Ledger
from .placement import Placement
from .request import Request
from .rules import choose
from .verdicts import candidate, outsider


def decide(request: Request, own: JobFacts, ledger: Ledger) -> Placement:
    """Where the request goes, from what the ledger has left. Gives nothing away itself."""
    asked = Asked.at(ledger.now, request, own)
    rule, places = choose(asked, ledger)
    candidates = [standing for name in dict.fromkeys(places) if (standing := ledger.standing(name))]
    judged = [(standing, judge(asked, standing)) for standing in candidates]
    fitting = [standing for standing, failed in judged if failed is None]
    too_slow = [standing for standing, failed in judged if failed and failed.gate is Gate.DEADLINE]
    takers = fitting or too_slow
    late = not fitting
    dealt = shares(asked, takers)
    leave, since = leaving(asked, ledger, [each.pool.name for each in fitting]) if own.live else ((), {})
    verdicts = [candidate(asked, standing, failed, late=late and standing in takers) for standing, failed in judged]
    named = {standing.pool.name for standing in candidates}
    verdicts += [outsider(asked, pool, rule) for name, pool in ledger.pools.items() if name not in named]
    return Placement(
        job=request.job,
        phase=request.phase,
        rule=rule,
        shares=dealt,
        waiting=waiting(asked, dealt, judged, rule),
        leave=leave,
        failing_since=since,
        verdicts=tuple(verdicts),
    )
