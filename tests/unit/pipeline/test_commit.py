"""The commit point of a chunk: however many write it at once, one of them wins whole and the others find out."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.pipeline.commit import ChunkResult
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from support.commits import CHUNK, contend, ledger

FAILED = Finding(reason=Reason.DECODE_ERROR, message="frame 3 does not decode")


@pytest.fixture
def area(tmp_path) -> JobArea:
    return JobArea(FolderStore(tmp_path / "store"), "local/jobs/x")


def result(folder: Path, data: bytes) -> ChunkResult:
    path = folder / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    return ChunkResult(CHUNK, path=path, sha256=hashlib.sha256(data).hexdigest(), frames=64)


def test_of_writers_with_different_bytes_one_wins_whole_and_the_others_find_out(area, tmp_path):
    contend(area, tmp_path, writers=8)


def test_writers_with_the_same_bytes_agree(area, tmp_path):
    with capture_logs() as logs:
        for worker in ("first", "second"):
            ledger(area, worker).commit(result(tmp_path, b"the very same"))
    (skipped,) = (line for line in logs if line["event"] == "chunk.skipped")
    assert skipped["same_bytes"] is True


def test_a_failure_never_replaces_what_is_done_nor_the_other_way_round(area, tmp_path):
    done = result(tmp_path, b"done")
    ledger(area, "first").commit(done)
    ledger(area, "second").fail(CHUNK, FAILED)
    assert area.read(ChunkManifest, "done/a/t/v000000/00000000-00000064.json").outcome == "done"

    other = ChunkRef(source="a", target="t", unit="v000000", start=64, end=128)
    ledger(area, "first").fail(other, FAILED)
    ledger(area, "second").commit(ChunkResult(other, path=done.path, sha256=done.sha256, frames=64))
    failed = area.read(ChunkManifest, "done/a/t/v000000/00000064-00000128.json")
    assert (failed.outcome, failed.finding) == ("failed", FAILED)


def test_a_chunk_that_is_committed_is_not_begun(area, tmp_path):
    ledger(area, "first").commit(result(tmp_path, b"done"))
    assert not ledger(area, "second").begin(CHUNK)
    assert list(area.list("tries/")) == []


def test_a_chunk_is_begun_as_often_as_it_may_be_tried_and_every_try_has_a_mark_of_its_own(area):
    start = threading.Barrier(6)

    def begin(number: int) -> bool:
        start.wait()
        return ledger(area, f"worker-{number}", max_tries=3).begin(CHUNK)

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(begin, range(6)))
    assert sum(begun) == 3
    assert len(list(area.list("tries/"))) == 3
