"""What is swept, and what never is."""

from __future__ import annotations

import asyncio
import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from hybridface_operator.aftermath.sweep import MOST_AT_ONCE, Sweeper
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from support.fake_api import FakeApi
from support.finished import ENDED, LATER, NAMESPACE, attempt_job, finished, mirrored
from support.store_contract import files_in

KEYS = ("inputs.json", "chunks/a/b.mkv", "done/a/b.json")
NOW = datetime.now(UTC)


@pytest.fixture
def api():
    return FakeApi(NAMESPACE)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "work" / "jobs"


@pytest.fixture
def sweeper(api, tmp_path):
    """Made anew at each call, as by an operator that has just listed everything."""

    def make(**changes) -> Sweeper:
        (tmp_path / "work").mkdir(exist_ok=True)
        return Sweeper(
            api,
            Stores(StoreSettings()),
            changes.pop("mirror", None) or mirrored(api),
            Metrics(),
            work_uri=(tmp_path / "work").as_uri() + "/",
            instance="operator-0",
            **changes,
        )

    return make


def scratch(folder, uid, hours=0):
    for key in KEYS:
        path = folder / uid / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        then = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(path, (then, then))


def status(api, name="a"):
    return api.found(Kind.FACE_SWAP_JOB, NAMESPACE, name)["status"]


def test_after_its_time_scratch_goes_and_the_status_says_so_beside_all_it_said_before(api, folder, sweeper):
    uid = finished(api, "a")
    scratch(folder, uid)
    before = status(api)
    assert asyncio.run(sweeper().sweep_finished(LATER)) == 1
    assert files_in(folder) == []
    assert status(api) == {**before, "scratchRemoved": True}
    (event,) = asyncio.run(api.list(Kind.EVENT))
    assert (event["reason"], event["regarding"]["uid"]) == ("ScratchRemoved", uid)


@pytest.mark.parametrize("when", [ENDED, LATER - timedelta(seconds=1)])
def test_before_its_time_nothing_goes(api, folder, sweeper, when):
    scratch(folder, finished(api, "a"))
    assert asyncio.run(sweeper().sweep_finished(when)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_a_job_that_is_not_over_keeps_everything(api, folder, sweeper):
    scratch(folder, finished(api, "a", condition="Reconciling"))
    assert asyncio.run(sweeper().sweep_finished(LATER)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_a_restarted_operator_does_not_sweep_again(api, sweeper):
    finished(api, "a")
    asyncio.run(sweeper().sweep_finished(LATER))
    writes = len(api.writes)
    assert asyncio.run(sweeper().sweep_finished(LATER)) == 0
    assert len(api.writes) == writes


def test_its_jobs_go_first(api, folder, sweeper):
    uid = finished(api, "a")
    scratch(folder, uid)
    api.make(Kind.JOB, attempt_job("a-1", uid))
    assert asyncio.run(sweeper().sweep_finished(LATER)) == 0
    assert len(files_in(folder)) == len(KEYS)
    api.edit(Kind.JOB, NAMESPACE, "a-1", lambda body: body["metadata"].pop("finalizers"))
    assert asyncio.run(api.list(Kind.JOB)) == []
    assert asyncio.run(sweeper().sweep_finished(LATER)) == 1
    assert files_in(folder) == []


def test_jobs_that_cannot_be_done_with_hold_up_no_other(api, folder, sweeper):
    for number in range(MOST_AT_ONCE):
        uid = finished(api, f"stuck-{number}")
        api.make(Kind.JOB, attempt_job(f"stuck-{number}-1", uid))
    scratch(folder, finished(api, "z"))
    sweeping = sweeper()
    assert asyncio.run(sweeping.sweep_finished(LATER)) == 0
    assert asyncio.run(sweeping.sweep_finished(LATER + timedelta(seconds=5))) == 1
    assert files_in(folder) == []


def test_scratch_stays_while_somebody_needs_it(api, folder, sweeper):
    scratch(folder, finished(api, "a"))
    assert asyncio.run(sweeper(may_sweep=lambda uid: False).sweep_finished(LATER)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_a_job_of_the_same_name_that_came_since_keeps_its_scratch(api, folder, sweeper):
    finished(api, "a")
    sweeping = sweeper()
    api.remove(Kind.FACE_SWAP_JOB, NAMESPACE, "a")
    scratch(folder, finished(api, "a"))
    assert asyncio.run(sweeping.sweep_finished(LATER)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_a_longer_time_that_was_asked_for_meanwhile_counts(api, folder, sweeper):
    scratch(folder, finished(api, "a"))
    sweeping = sweeper()
    api.edit(Kind.FACE_SWAP_JOB, NAMESPACE, "a", lambda body: body["spec"].update(ttlSecondsAfterFinished=9999))
    assert asyncio.run(sweeping.sweep_finished(LATER)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_an_api_server_that_is_away_costs_one_pass_and_no_other_job_its_turn(api, folder, sweeper):
    for name in "ab":
        scratch(folder, finished(api, name))
    sweeping = sweeper()
    failing = iter([KubeAway("no answer")])

    def away_once(verb, kind, body):
        for error in failing:
            raise error

    api.before_write = away_once
    assert asyncio.run(sweeping.sweep_finished(LATER)) == 1
    assert asyncio.run(sweeping.sweep_finished(LATER)) == 1
    assert [status(api, name)["scratchRemoved"] for name in "ab"] == [True, True]


def orphan(folder, hours=2) -> str:
    uid = str(uuid.uuid4())
    scratch(folder, uid, hours)
    return uid


def test_a_folder_that_no_job_has_is_removed_and_every_other_stays(api, folder, sweeper):
    there = finished(api, "a")
    scratch(folder, there, hours=9)
    orphan(folder)
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 1
    assert {path.split("/")[0] for path in files_in(folder)} == {there}


def test_an_orphan_with_a_young_object_is_left_for_now(api, folder, sweeper):
    finished(api, "a")
    uid = orphan(folder)
    late = folder / uid / "done/late.json"
    late.touch()
    os.utime(late, (NOW.timestamp(), NOW.timestamp()))
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 0
    assert asyncio.run(sweeper().sweep_orphans(NOW + timedelta(hours=2))) == 1


def test_what_has_not_the_name_of_a_job_is_nobodys(api, folder, sweeper):
    finished(api, "a")
    for name in ("keep", str(uuid.uuid4()).upper(), "00000000"):
        scratch(folder, name, hours=9)
    before = files_in(folder)
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 0
    assert files_in(folder) == before


def test_a_list_without_any_job_deletes_nothing(folder, sweeper):
    orphan(folder)
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 0
    assert len(files_in(folder)) == len(KEYS)


@pytest.mark.parametrize("second", [[], ["a", "b"]])
def test_the_second_list_has_to_agree_with_the_first(api, folder, sweeper, monkeypatch, second):
    finished(api, "a")
    there = finished(api, "b")
    scratch(folder, there, hours=9)
    whole = asyncio.run(api.list(Kind.FACE_SWAP_JOB))
    answers = iter([whole[:1], [body for body in whole if body["metadata"]["name"] in second]])

    async def list_partly(kind, namespace="", labels=""):
        return next(answers)

    sweeping = sweeper(mirror=Mirror())
    monkeypatch.setattr(api, "list", list_partly)
    assert asyncio.run(sweeping.sweep_orphans(NOW)) == 0
    assert next(answers, None) is None
    assert len(files_in(folder)) == len(KEYS)


def test_what_the_watch_knows_is_no_orphan_although_the_lists_do_not(api, folder, sweeper):
    finished(api, "a")
    there = finished(api, "b")
    scratch(folder, there, hours=9)
    sweeping = sweeper()
    del api.objects[Kind.FACE_SWAP_JOB, NAMESPACE, "b"]
    assert asyncio.run(sweeping.sweep_orphans(NOW)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_who_sees_some_namespaces_only_removes_no_orphan(api, folder, sweeper):
    finished(api, "a")
    orphan(folder)
    assert asyncio.run(sweeper(all_namespaces=False).sweep_orphans(NOW)) == 0
    assert len(files_in(folder)) == len(KEYS)


def test_a_pass_removes_no_more_than_so_many(api, folder, sweeper):
    finished(api, "a")
    for _ in range(MOST_AT_ONCE + 1):
        orphan(folder)
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == MOST_AT_ONCE
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 1


def test_folders_of_which_nothing_is_left_are_not_removed_again_and_hold_up_no_other(api, folder, sweeper):
    finished(api, "a")
    for number in range(MOST_AT_ONCE):
        (folder / str(uuid.UUID(int=number))).mkdir(parents=True)
    orphan(folder)
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 1
    assert files_in(folder) == []
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == 0


def test_a_pass_lists_no_more_orphans_than_it_removes(api, folder, sweeper, monkeypatch):
    finished(api, "a")
    for _ in range(3 * MOST_AT_ONCE):
        orphan(folder)
    asked = []
    is_old = Sweeper._is_old

    def noted(self, uid, now):
        asked.append(uid)
        return is_old(self, uid, now)

    monkeypatch.setattr(Sweeper, "_is_old", noted)
    assert asyncio.run(sweeper().sweep_orphans(NOW)) == len(asked) == MOST_AT_ONCE


def test_storage_that_is_away_is_waited_for(api, folder, sweeper, monkeypatch):
    finished(api, "a")
    orphan(folder)

    def away(*_):
        raise StoreError(Reason.SERVICE_AWAY, "no answer")

    sweeping = sweeper()
    with monkeypatch.context() as patch:
        patch.setattr("hybridface_worker.store.folder.FolderStore.list_folders", away)
        assert asyncio.run(sweeping.sweep_orphans(NOW)) == 0
    assert asyncio.run(sweeping.sweep_orphans(NOW)) == 1
