"""Probing on this machine: a worker that is to stop looks at nothing more, and says nothing of half a shard."""

from __future__ import annotations

import os
import threading
from typing import Any, cast

import pytest

from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs, TargetItem
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.spec import FaceSelection, Limits
from hybridface_worker.contract.task import Attempt, ProbeShard, ProbeTask
from hybridface_worker.phases.context import PhaseContext, Progress
from hybridface_worker.phases.probe import ProbePhase
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.stores import Stores
from support import plans

ITEMS = 3


@pytest.mark.parametrize(("stops_after", "seen", "written"), [(1, 1, False), (2, 2, False), (3, 3, True), (4, 3, True)])
def test_a_worker_that_is_to_stop_looks_at_nothing_more(tmp_path, stops_after, seen, written):
    area, stopping, looked_at = JobArea(FolderStore(tmp_path), "job"), threading.Event(), []

    def progress(count: int) -> None:
        looked_at.append(count)
        if len(looked_at) == stops_after:
            stopping.set()

    gone = [
        TargetItem(target="t", item=n, uri=(tmp_path / f"{n}.mp4").as_uri(), size=1, etag="e", relative_path=f"{n}.mp4")
        for n in range(ITEMS)
    ]
    area.put(layout.INPUTS, Inputs(sources=(), targets=tuple(gone)))
    shards = (ProbeShard(sources=(0, 0), targets=(0, ITEMS)),)
    task = ProbeTask(detector=plans.models().detector, faces=FaceSelection(), limits=Limits(), shards=shards)
    settings = WorkerSettings.from_env(cast("Any", {**os.environ, "HYBRIDFACE_SCRATCH": str(tmp_path)}))
    context = PhaseContext(
        settings,
        Stores(settings.store),
        area,
        Attempt(attempt=1, job=plans.JOB, pool="local", work=task),
        0,
        tmp_path,
        cast("Progress", progress),
        stopping,
    )
    ProbePhase(context).run()

    assert len(looked_at) == seen
    assert area.exists(layout.probe_result(0)) == written
    if written:
        assert len(area.read(ProbeResult, layout.probe_result(0)).items) == ITEMS
