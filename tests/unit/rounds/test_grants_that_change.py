"""A tenant's least sensitivity that changes while its work runs: a release of the chart starts the operator anew."""

from __future__ import annotations

import asyncio

from hybridface_operator.kube.api import Kind
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.serving import background
from support.simulation import Operator, Simulation
from support.simulation_days import BadDays

ABROAD = {"version": 1, "default": {"place": ["aws-spot", "private"]}}


def at_least(simulation: Simulation, sensitivity: Sensitivity) -> None:
    (grant,) = simulation.studio.tenants.grants
    changed = grant.model_copy(update={"min_sensitivity": sensitivity})
    simulation.studio.tenants = simulation.studio.tenants.model_copy(update={"grants": (changed,)})


def secrets(simulation: Simulation) -> set[str]:
    return {name for kind, _, name in simulation.studio.api.objects if kind is Kind.SECRET}


async def swapping(simulation: Simulation, bad: BadDays) -> None:
    """Some chunks are committed, and the operator is no more."""
    operator = await simulation.start()
    await simulation.until(lambda: bool(bad.committed(bad.uids[0])), seconds=1)
    operator.end()
    simulation.operators.clear()


def played(before: Sensitivity, after: Sensitivity) -> tuple[Simulation, BadDays, Operator]:
    """A job of internal work whose tenant's least changed while it ran, just after the next operator's first round."""

    async def story() -> tuple[Simulation, BadDays, Operator]:
        simulation = Simulation()
        simulation.studio.policy = ABROAD
        at_least(simulation, before)
        bad = BadDays(simulation, (simulation.studio.job("only", 640),))
        simulation.checks.append(bad.check)
        await swapping(simulation, bad)
        at_least(simulation, after)
        operator = await simulation.start()
        await simulation.turn()
        return simulation, bad, operator

    return asyncio.run(story())


def test_what_counts_as_more_sensitive_now_is_ended_and_done_again_as_that():
    simulation, bad, _ = played(Sensitivity.PUBLIC, Sensitivity.RESTRICTED)
    jobs = [body for (kind, _, _), body in simulation.studio.api.objects.items() if kind is Kind.JOB]
    running = [
        job for job in jobs if not job["metadata"].get("deletionTimestamp") and not job["status"].get("conditions")
    ]
    assert {job["metadata"]["labels"]["hybridface.dev/sensitivity"] for job in running} <= {"restricted"}
    asyncio.run(simulation.until(lambda: bad.over() and bad.nothing_runs()))
    assert simulation.phases() == {"only": "Completed"}


def test_credentials_are_renewed_in_the_secret_that_pods_have_mounted():
    simulation, bad, operator = played(Sensitivity.RESTRICTED, Sensitivity.PUBLIC)
    mounted = secrets(simulation)
    assert any(name.startswith("hf-restricted-") for name in mounted)
    renewed = len(simulation.studio.api.writes)
    asyncio.run(background.renew_due(operator.controller, simulation.studio.clock.now))
    assert len(simulation.studio.api.writes) > renewed
    assert secrets(simulation) == mounted
    asyncio.run(simulation.until(lambda: bad.over() and bad.nothing_runs()))
