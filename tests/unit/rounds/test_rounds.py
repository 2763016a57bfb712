"""Looking, placing and telling, round by round, in a studio in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway, KubeForbidden
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.reconciling.records import AttemptEnd, EndCause
from hybridface_operator.routing.placement import DecisionRecord
from hybridface_worker.contract import layout
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import Attempt, SwapTask
from support.estate_documents import POLICY
from support.simulation import Operator, Simulation
from support.simulation_days import BadDays
from support.simulation_world import NAMESPACE, NODES

Body = dict[str, Any]
COMPLETE = [{"type": "Complete", "status": "True"}]


def play(story: Callable[[Simulation, BadDays], Awaitable[None]], **kubelets: Any) -> None:
    """Tells it in a studio of its own, with one job of four chunks."""

    async def tell() -> None:
        simulation = Simulation(**kubelets)
        uid = simulation.studio.job("only", 256)
        await story(simulation, BadDays(simulation, (uid,)))

    asyncio.run(tell())


def the_job(simulation: Simulation) -> Body:
    return simulation.studio.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "only")


def condition(simulation: Simulation, kind: str) -> Body:
    found: Body = next(each for each in the_job(simulation)["status"]["conditions"] if each["type"] == kind)
    return found


def reasons(simulation: Simulation) -> set[str]:
    """Of all its conditions; none before its status is written."""
    return {each["reason"] for each in (the_job(simulation).get("status") or {}).get("conditions", ())}


def by_name(simulation: Simulation) -> dict[str, dict[str, Body]]:
    """Every job's conditions, by type."""
    return {
        body["metadata"]["name"]: {each["type"]: each for each in body["status"]["conditions"]}
        for (kind, _, _), body in simulation.studio.api.objects.items()
        if kind is Kind.FACE_SWAP_JOB
    }


def attempts(bad: BadDays) -> list[Attempt]:
    area = bad.area(bad.uids[0])
    return [area.read(Attempt, key) for key in area.list("attempts/")]


async def swapping(simulation: Simulation, bad: BadDays) -> Operator:
    """An operator, once a chunk is committed."""
    operator = await simulation.start()
    await simulation.until(lambda: bool(bad.committed(bad.uids[0])), seconds=1)
    return operator


def test_storage_that_is_away_when_a_job_is_met_makes_it_no_failure():
    async def story(simulation, bad):
        operator = await simulation.start()
        operator.line.storage_away = True
        await simulation.turn()
        assert condition(simulation, "Failed")["status"] == "False"
        assert condition(simulation, "Reconciling")["reason"] == "ServiceAway"
        operator.line.storage_away = False
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}

    play(story)


def test_storage_that_is_away_is_waited_for_once_in_a_round_and_not_by_every_job():
    async def story(simulation, bad):
        names = {f"other-{number}" for number in range(5)}
        for name in names:
            simulation.studio.job(name, 64)
        operator = await simulation.start()
        operator.line.storage_away = True
        await operator.round()
        assert operator.line.in_vain == 1
        told = {name: conditions["Reconciling"]["reason"] for name, conditions in by_name(simulation).items()}
        assert told == dict.fromkeys({"only", *names}, "ServiceAway")
        operator.line.storage_away = False
        await simulation.until(lambda: set(simulation.phases().values()) == {"Completed"})

    play(story)


@pytest.mark.parametrize(
    "error",
    [
        KubeForbidden("create jobs: 403 forbidden: the roles are not read yet", 403),
        KubeAway("create jobs: 401 Unauthorized", 401),
        KubeAway("create jobs: 500 Internal error occurred", 500),
        KubeAway("create jobs: 429 Too many requests, please try again later", 429),
    ],
    ids=lambda error: str(error.status),
)
def test_what_an_api_server_answers_that_has_only_just_started_costs_a_while_and_nothing_else(error):
    async def story(simulation, bad):
        operator = await simulation.start()
        operator.line.api_error = error
        operator.line.api_away = True
        for _ in range(5):
            await simulation.turn()
        said = Reason.NOT_ADMITTED if isinstance(error, KubeForbidden) else Reason.SERVICE_AWAY
        assert operator.controller.jobs[bad.uids[0]].turn.step.reason is said
        operator.line.api_away = False
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert bad.committed(bad.uids[0]) == dict.fromkeys(bad.planned(bad.uids[0]), "done")

    play(story)


def test_storage_that_is_away_at_a_restart_gives_no_gpu_away_twice():
    async def story(simulation, bad):
        first = await swapping(simulation, bad)
        first.end()
        simulation.operators.clear()
        simulation.studio.job("second", 640)
        simulation.checks.append(bad.check)
        second = await simulation.start()
        second.line.storage_away = True
        await simulation.turn()
        reserved = [load.reserved for load in second.controller.pools.loads()]
        assert sum(sum(pools.values()) for pools in reserved) == sum(
            job["spec"]["parallelism"]
            for (kind, _, name), job in simulation.studio.api.objects.items()
            if kind is Kind.JOB and "-s-" in name and not job["status"].get("conditions")
        )
        assert reserved

    play(story)


def test_every_decision_is_recorded_under_its_number_and_the_attempts_name_it():
    async def story(simulation, bad):
        await simulation.start()
        await simulation.until(bad.over)
        area = bad.area(bad.uids[0])
        decisions = [area.read(DecisionRecord, key) for key in area.list("decisions/")]
        assert [each.decision for each in decisions] == list(range(1, len(decisions) + 1))
        for attempt in attempts(bad):
            assert attempt.decision is not None
            decided = decisions[attempt.decision - 1]
            assert attempt.pool in {share.pool for share in decided.placement.shares}
            assert attempt.work.phase == decided.request.phase

    play(story)


def test_a_price_that_is_dated_to_the_nanosecond_is_told_like_any_other():
    async def story(simulation, bad):
        simulation.studio.policy = {**POLICY, "rules": [], "default": {"place": ["aws-spot", "private"]}}
        price = {"price": "0.30", "currency": "USD", "source": "test"}
        observed_at = "2026-11-01T17:29:59.123456789+05:30"
        simulation.studio.quotes = {"aws-spot": Quote.model_validate({**price, "observedAt": observed_at})}
        await simulation.start()
        await simulation.until(bad.over)
        verdict = next(each for each in the_job(simulation)["status"]["placement"]["verdicts"] if each.get("price"))
        assert verdict["priceObservedAt"] == "2026-11-01T17:29:59.123456+05:30"

    play(story)


def test_a_chunk_that_ended_a_worker_is_worked_alone_by_the_next_attempt():
    async def story(simulation, bad):
        await simulation.start()
        await simulation.until(lambda: len(attempts(bad)) >= 4)
        first, *later = [each for each in attempts(bad) if isinstance(each.work, SwapTask)]
        guilty = [chunk for each in later for shard in each.work.shards for chunk in shard.alone if chunk.start == 64]
        assert first.attempt < later[0].attempt
        assert guilty

    play(story, poison=lambda chunk: chunk.start == 64)


def test_outputs_whose_place_is_taken_are_not_worked():
    async def story(simulation, bad):
        simulation.studio.stores.bucket("results").write("only/actor/clip.mp4", b"somebody else's")
        await simulation.start()
        await simulation.until(bad.over)
        assert not bad.committed(bad.uids[0])
        assert condition(simulation, "Failed")["reason"] == "SomeOutputsFailed"

    play(story)


def test_an_index_that_cannot_be_published_keeps_the_job_from_being_complete():
    async def story(simulation, bad):
        def refuse(key: str) -> None:
            if key.endswith("index.json"):
                raise OSError("no space left")

        results = simulation.studio.stores.bucket("results")
        results.before_write = refuse
        await simulation.start()
        await simulation.until(lambda: bool(list(bad.area(bad.uids[0]).list("merged/"))))
        for _ in range(10):
            await simulation.turn(5)
        assert not bad.over()
        results.before_write = lambda _key: None
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}

    play(story)


def test_reclaimed_work_goes_on_in_another_pool_at_once():
    async def story(simulation, bad):
        simulation.studio.policy = {**POLICY, "rules": [], "default": {"place": ["aws-spot", "private"]}}
        await swapping(simulation, bad)
        before = bad.committed(bad.uids[0])
        for name, (pool, _) in NODES.items():
            if pool == "aws-spot":
                simulation.kubelets.die(name)
        await simulation.until(lambda: "private" in {each.pool for each in attempts(bad) if each.attempt > 3})
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert before.items() <= bad.committed(bad.uids[0]).items()

    play(story)


def test_a_job_that_is_over_is_not_looked_at_by_the_next_operator():
    async def story(simulation, bad):
        first = await simulation.start()
        await simulation.until(lambda: bad.over() and bad.nothing_runs())
        first.end()
        simulation.operators.clear()
        second = await simulation.start()
        await simulation.turn()
        assert (second.line.writes, second.controller.jobs) == (0, {})
        assert layout.PLAN in bad.area(bad.uids[0]).list("")

    play(story)


def test_an_operator_that_may_not_list_nodes_goes_by_what_pools_may_have():
    async def story(simulation, bad):
        operator = await simulation.start(namespaces=(NAMESPACE,))
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert operator.controller.mirror.nodes() is None

    play(story)


def test_a_job_whose_pods_are_refused_gives_its_gpus_back_and_goes_on_once_it_may_have_pods():
    async def story(simulation: Simulation, bad: BadDays) -> None:
        simulation.studio.controllers.refuses = lambda job: "-s-" in job["metadata"]["name"]
        await simulation.start()
        await simulation.until(lambda: Reason.NO_PODS in reasons(simulation))
        area = bad.area(bad.uids[0])
        ended = [area.read(AttemptEnd, key) for key in area.list("ended/")]
        assert (EndCause.NO_PODS, "pods are forbidden: exceeded quota") in [(each.cause, each.said) for each in ended]
        assert not any(kind is Kind.JOB and "-s-" in name for kind, _, name in simulation.studio.api.objects)
        simulation.studio.controllers.refuses = lambda _: False
        await simulation.until(lambda: simulation.phases() == {"only": "Completed"})

    play(story)


def test_a_copy_of_an_attempts_job_that_somebody_made_is_none_of_the_attempt():
    async def story(simulation: Simulation, bad: BadDays) -> None:
        await swapping(simulation, bad)
        api = simulation.studio.api
        (job,) = (body for (kind, _, name), body in api.objects.items() if kind is Kind.JOB and "-s-" in name)
        metadata = {key: job["metadata"][key] for key in ("namespace", "labels", "ownerReferences")}
        copy = {**job, "metadata": {**metadata, "name": "a-copy"}, "spec": {**job["spec"], "parallelism": 0}}
        api.make(Kind.JOB, copy)
        maker = {"controller": True, "uid": api.found(Kind.JOB, NAMESPACE, "a-copy")["metadata"]["uid"]}
        index = {"batch.kubernetes.io/job-completion-index": "0"}
        metadata |= {"name": "a-pod", "annotations": index, "ownerReferences": [maker]}
        broken: Body = {"metadata": metadata, "spec": {}, "status": {"phase": "Failed"}}
        broken["status"]["containerStatuses"] = [{"name": "worker", "state": {"terminated": {"exitCode": 64}}}]
        api.make(Kind.POD, broken)
        api.edit(Kind.JOB, NAMESPACE, "a-copy", lambda body: body["status"].update(conditions=COMPLETE))
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert not any("a-pod" in key for key in bad.area(bad.uids[0]).list("exits/"))

    play(story)
