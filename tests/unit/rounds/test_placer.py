"""Which decisions are recorded, and what they are recorded with."""

from __future__ import annotations

import asyncio

from hybridface_operator.consul_kv.policy_state import PolicyState
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeForbidden
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import moment
from hybridface_operator.routing.allocate import route
from hybridface_operator.routing.facts import Gate
from hybridface_operator.routing.placement import DecisionRecord
from support.estate_documents import POLICY
from support.probed import probed_job
from support.simulation import Simulation
from support.simulation_days import BadDays
from support.simulation_world import NAMESPACE, job_area

ABROAD = {**POLICY, "rules": [], "default": {"place": ["aws-spot", "private"]}}


def decisions(simulation: Simulation, uid: str) -> list[DecisionRecord]:
    area = job_area(simulation.studio.stores, uid)
    return [area.read(DecisionRecord, key) for key in area.list("decisions/")]


def test_a_decision_is_recorded_with_the_policy_that_it_was_made_by_whatever_is_published_meanwhile():
    async def story() -> None:
        simulation = Simulation()
        uids = [probed_job(simulation.studio, name, 64) for name in ("first", "second")]
        operator = await simulation.start()
        edited = Policy.model_validate(ABROAD)

        def publish(key: str) -> None:
            if "/decisions/" in key:
                heard = PolicyState(policy=edited, sha256=edited.digest(), revision=2)
                operator.controller.world.policy_state = heard

        simulation.studio.stores.bucket("work").before_write = publish
        await operator.round()
        assert operator.controller.world.policy_state.revision == 2
        for made in (made for uid in uids for made in decisions(simulation, uid)):
            assert made.policy_revision == 1
            assert route(made.request, made.inventory, made.policy, made.facts) == made.placement

    asyncio.run(story())


def test_what_runs_as_it_was_placed_is_no_new_decision():
    async def story() -> None:
        simulation = Simulation()
        bad = BadDays(simulation, (simulation.studio.job("only", 256),))
        await simulation.start()
        await simulation.until(bad.over)
        made = decisions(simulation, bad.uids[0])
        assert [each.request.phase for each in made] == ["probe", "swap", "merge"]
        assert all(each.placement.shares for each in made)

    asyncio.run(story())


def test_it_is_recorded_that_running_work_is_about_to_leave_its_pool_and_that_it_left():
    async def story() -> None:
        simulation = Simulation()
        simulation.studio.policy = ABROAD
        uid = probed_job(simulation.studio, "only", 384)
        operator = await simulation.start()
        await simulation.turn()
        placed = decisions(simulation, uid)
        assert [share.pool for share in placed[0].placement.shares] == ["aws-spot"]
        simulation.studio.quote("0.50")
        simulation.studio.fill_up(operator.controller.world)
        operator.controller.world_changed()
        await simulation.turn()
        warned = decisions(simulation, uid)[-1]
        assert warned.decision == placed[-1].decision + 1
        assert not warned.placement.leave
        since = moment(warned.placement.failing_since["aws-spot"][Gate.PRICE])
        await simulation.until(lambda: bool(decisions(simulation, uid)[-1].placement.leave), seconds=1)
        left = decisions(simulation, uid)[-1]
        assert left.decision == warned.decision + 1
        assert (moment(left.facts.now) - since).total_seconds() >= 2

    asyncio.run(story())


def test_what_the_api_server_does_not_take_is_tried_again_less_and_less_often_and_at_once_after_an_edit():
    def refuse(_verb: str, kind: Kind, _body: object) -> None:
        if kind is Kind.JOB:
            raise KubeForbidden("jobs.batch is forbidden: exceeded quota")

    async def story() -> None:
        simulation = Simulation()
        uid = probed_job(simulation.studio, "only", 64)
        area, api = job_area(simulation.studio.stores, uid), simulation.studio.api
        accepts, api.before_write = api.before_write, refuse
        operator = await simulation.start()
        for _ in range(6 * 60):
            operator.controller.world_changed()  # as each new price does
            await simulation.turn(60)
        tried = len(list(area.list("attempts/")))
        assert tried == 11  # 0, 1, 3, 7, 15, 31, 63 minutes, and every hour
        ready = api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "only")["status"]["conditions"][0]
        assert ready["reason"] == "NotAdmitted"
        assert "exceeded quota; a quota, a role or an admission policy may have to be changed" in ready["message"]
        api.before_write = accepts
        await simulation.turn(60)
        assert len(list(area.list("attempts/"))) == tried
        api.edit(Kind.FACE_SWAP_JOB, NAMESPACE, "only", lambda body: body["spec"].update(priority="high"))
        await simulation.turn(1)
        await simulation.turn(1)
        assert len(await api.list(Kind.JOB)) == 1

    asyncio.run(story())
