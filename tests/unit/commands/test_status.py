"""How a job in a cluster is shown, and what the command ends with."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from typing import Any

import pytest
from rich.console import Console

from hybridface_operator.cli import main
from hybridface_operator.commands.status import follow
from hybridface_operator.commands.status_shown import Job, bars, shown
from hybridface_operator.errors import UsageError
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway
from support.fake_api import FakeApi
from support.finished import NAMESPACE, finished
from support.jobs import manifest

AT = "2026-05-01T12:00:00Z"
RUNNING: dict[str, Any] = {
    "observedGeneration": 1,
    "phase": "Swapping",
    "conditions": [
        {
            "type": "Planned",
            "status": "True",
            "reason": "InProgress",
            "message": "120 chunks",
            "lastTransitionTime": AT,
        },
        {"type": "Placed", "status": "True", "reason": "NoFreeGpus", "message": "[b] waits", "lastTransitionTime": AT},
    ],
    "placement": {
        "decision": 3,
        "rule": "campaign-overflow",
        "shares": [{"pool": "private", "shards": 6, "parallelism": 3}],
        "waiting": {"shards": 4, "reason": "PriceTooOld", "message": "its price is 16 min old"},
        "verdicts": [
            {"pool": "private", "fit": False, "reason": "NoFreeGpus", "message": "0 of 8 GPUs free", "price": "0"},
            {"pool": "aws-spot", "fit": False, "reason": "PriceTooOld", "message": "its price is 16 min old"},
        ],
    },
    "progress": {
        "chunks": 120,
        "chunksDone": 87,
        "chunksFailed": 1,
        "frames": 7680,
        "framesDone": 5632,
        "percent": 73,
        "text": "87/120",
    },
    "usage": {
        "gpuSeconds": [{"pool": "private", "seconds": 412}],
        "cost": [{"pool": "private", "amount": "0.0000"}],
        "totalCost": "0.0000",
        "currency": "USD",
    },
    "outputs": {"count": 2, "failed": 1, "index": "s3://results/index.json"},
}
SNAPSHOT = """\
studio/spring: Swapping
Probe  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  done
Swap   ━━━━━━━━━━━━━━━━━━━━━━          5632/7680 frames, 87/120 chunks, 1 failed
Merge                                  not begun
rule "campaign-overflow": private (6 shards, 3 at a time)
waiting: 4 shards, PriceTooOld: its price is 16 min old
┏━━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ pool     ┃ verdict     ┃ price ┃ why                     ┃
┡━━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━┩
│ private  │ NoFreeGpus  │ 0     │ 0 of 8 GPUs free        │
│ aws-spot │ PriceTooOld │       │ its price is 16 min old │
└──────────┴─────────────┴───────┴─────────────────────────┘
┏━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━━━━━━━━┓
┃ pool    ┃ GPU-seconds ┃ cost (USD) ┃
┡━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━━━━━━━━┩
│ private │ 412         │ 0.0000     │
├─────────┼─────────────┼────────────┤
│ all     │ 412         │ 0.0000     │
└─────────┴─────────────┴────────────┘
outputs: 2 published, 1 failed; s3://results/index.json
┏━━━━━━━━━━━┳━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━┓
┃ condition ┃      ┃ reason     ┃ message    ┃ since                ┃
┡━━━━━━━━━━━╇━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━┩
│ Planned   │ True │ InProgress │ 120 chunks │ 2026-05-01T12:00:00Z │
│ Placed    │ True │ NoFreeGpus │ [b] waits  │ 2026-05-01T12:00:00Z │
└───────────┴──────┴────────────┴────────────┴──────────────────────┘
"""


def text(job: Job) -> str:
    file = io.StringIO()
    Console(file=file, width=100, color_system=None).print(shown(job))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def of(**status) -> Job:
    return Job.of({"metadata": {"namespace": "studio", "name": "spring"}, "status": status})


@pytest.fixture
def api():
    return FakeApi(NAMESPACE)


@pytest.fixture
def running(api):
    body = manifest()
    body |= {"metadata": {"name": "a", "namespace": NAMESPACE}, "status": RUNNING}
    return api.make(Kind.FACE_SWAP_JOB, body)


@pytest.fixture
def command(api, monkeypatch, capsys):
    """`hybridface status ...`; returns exit status, output and errors."""

    class Opened:
        def __init__(self, settings):
            self.settings = settings

        async def __aenter__(self):
            return api

        async def __aexit__(self, *error):
            return None

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["hybridface", "status", *arguments])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    monkeypatch.setattr("hybridface_operator.kube.cluster.Cluster", Opened)
    return call


def test_a_running_job_is_shown_with_all_that_matters():
    assert text(of(**RUNNING)) == SNAPSHOT


def test_a_job_that_nobody_has_looked_at_has_three_empty_bars():
    assert [(bar.name, bar.done, bar.words) for bar in bars(of())] == [
        ("Probe", 0, "not begun"),
        ("Swap", 0, "not begun"),
        ("Merge", 0, "not begun"),
    ]
    assert text(of()).startswith("studio/spring: Pending\n")


@pytest.mark.parametrize(("phase", "number"), [("Probing", 0), ("Merging", 2)])
def test_the_phase_that_runs_says_so(phase, number):
    assert bars(of(phase=phase))[number].words == "running"


def test_of_a_plan_without_frames_swap_is_done():
    progress = {"chunks": 0, "chunksDone": 0, "frames": 0, "framesDone": 0, "percent": 100, "text": "0/0"}
    swap = bars(of(progress=progress))[1]
    assert (swap.done, swap.total) == (1, 1)


@pytest.mark.parametrize(("condition", "status"), [("Complete", 0), ("Failed", 1)])
def test_it_ends_with_what_the_job_ended_with(api, command, condition, status):
    finished(api, "a", condition=condition)
    code, out, err = command("a", "-n", NAMESPACE)
    assert (code, err) == (status, "")
    assert out.startswith("studio/a: ")


def test_a_job_that_still_runs_is_no_failure(running, command):
    assert command("a", "-n", NAMESPACE)[0] == 0


def test_json_is_the_status_on_one_line(running, command):
    code, out, _ = command("a", "-n", NAMESPACE, "-o", "json")
    assert code == 0
    (line,) = out.splitlines()
    read = json.loads(line)
    assert (read["namespace"], read["name"], read["progress"]) == (NAMESPACE, "a", RUNNING["progress"])


def test_a_job_that_is_not_there_is_wrong_use(command):
    code, out, err = command("a", "-n", NAMESPACE)
    assert (code, out) == (2, "")
    assert err == "hybridface: there is no FaceSwapJob a in namespace studio: `kubectl get fsj -A` lists all\n"


def test_a_watch_shows_what_changes_until_the_job_is_over(api, running):
    seen = []

    def show(job):
        seen.append(job.status.phase)
        if len(seen) == 1:
            api.edit(Kind.FACE_SWAP_JOB, NAMESPACE, "a", lambda body: body["status"].update(phase="Merging"))
        else:
            over = {**RUNNING["conditions"][0], "type": "Complete"}
            api.edit(Kind.FACE_SWAP_JOB, NAMESPACE, "a", lambda body: body["status"].update(conditions=[over]))

    asyncio.run(follow(api, NAMESPACE, "a", show, watch=True, pause_seconds=0))
    assert seen == ["Swapping", "Merging", "Merging"]


def test_a_watch_waits_for_a_server_that_is_away(api, running, monkeypatch):
    get, calls = api.get, []

    async def sometimes(*where):
        calls.append(where)
        if len(calls) == 2:
            raise KubeAway("no answer")
        if len(calls) == 3:
            over = {**RUNNING["conditions"][0], "type": "Failed"}
            api.edit(Kind.FACE_SWAP_JOB, NAMESPACE, "a", lambda body: body["status"].update(conditions=[over]))
        return await get(*where)

    monkeypatch.setattr(api, "get", sometimes)
    job = asyncio.run(follow(api, NAMESPACE, "a", lambda job: None, watch=True, pause_seconds=0))
    assert (job.over, len(calls)) == (True, 3)


def test_a_job_that_is_deleted_while_it_is_watched_ends_the_watch(api, running):
    def show(job):
        api.remove(Kind.FACE_SWAP_JOB, NAMESPACE, "a")

    with pytest.raises(UsageError, match="there is no FaceSwapJob"):
        asyncio.run(follow(api, NAMESPACE, "a", show, watch=True, pause_seconds=0))
