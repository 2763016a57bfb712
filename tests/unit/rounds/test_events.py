"""Events of a job that the API server does not take when its status is written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway, KubeError, KubeForbidden
from support.simulation import Simulation
from support.simulation_days import BadDays


def told(error: KubeError, times: int) -> tuple[list[str], int]:
    """The reasons that were told of a job, and how often that was tried, where the first tries meet the error."""
    tries = 0

    async def story() -> list[str]:
        simulation = Simulation()
        create, uid = simulation.studio.api.create_event, simulation.studio.job("only", 64)

        async def busy(body: Mapping[str, Any]) -> None:
            nonlocal tries
            tries += 1
            if tries <= times:
                raise error
            await create(body)

        simulation.studio.api.create_event = busy  # type: ignore[method-assign]  # that is the point
        await simulation.start()
        await simulation.until(BadDays(simulation, (uid,)).over)
        for _ in range(3):
            await simulation.turn(5)
        objects = simulation.studio.api.objects.items()
        return sorted(body["reason"] for (kind, _, _), body in objects if kind is Kind.EVENT)

    return asyncio.run(story()), tries


@pytest.mark.parametrize("status", [429, 500, 0])
def test_what_the_api_server_is_too_busy_for_is_told_later(status):
    usual, tries = told(KubeAway("none"), 0)
    assert len(usual) == tries > 1
    assert told(KubeAway("create events: too busy", status), 3) == (usual, tries + 3)


def test_what_it_refuses_is_tried_once():
    _, tries = told(KubeAway("none"), 0)
    assert told(KubeForbidden("create events: 403", 403), tries) == ([], tries)
