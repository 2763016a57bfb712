"""What stands in a job's way while it runs or when it publishes: it is said, nothing is lost, and it goes on."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.reasons import Reason
from support.clips import clip
from support.commands import Bench, bound_by_modes, ended, on_a_disk_of_its_own, own_mounts
from support.runs import SOURCE, manifest

LONG = 5 * 64
FILE_OF_SOMEBODY_ELSE = b"somebody's film"


def published(root: Path, target: str) -> Path:
    return root / "out" / SOURCE / f"{target}.mp4"


def job(root: Path, frames: dict[str, int], **output: str) -> Bench:
    targets = {name: clip("cfr", count) for name, count in frames.items()}
    document = manifest(targets, root / "out", swapper="marker")
    document["spec"]["output"] |= output
    return Bench(root, document)


def test_an_output_that_is_somebody_elses_is_left_alone_or_replaced_and_ones_own_counts_as_done(tmp_path):
    bench = job(tmp_path, {"taken": 6, "free": 3})
    path = published(tmp_path, "taken")
    path.parent.mkdir(parents=True)
    path.write_bytes(FILE_OF_SOMEBODY_ELSE)

    end = bench.run()
    assert end.status == 1
    assert path.read_bytes() == FILE_OF_SOMEBODY_ELSE
    entries = bench.entries()
    assert entries["taken"].finding
    assert entries["taken"].finding.reason is Reason.OUTPUT_EXISTS
    assert f"{path.as_uri()} is there already and is not of this job" in end.complaint
    assert "onConflict: replace" in end.complaint
    assert entries["free"].outcome == "published"
    assert {event["chunk"].split("/")[1] for event in end.of("chunk.started")} == {"free"}

    bench = job(tmp_path, {"taken": 6, "free": 3}, onConflict="replace")
    assert bench.run().status == 0
    assert path.read_bytes() != FILE_OF_SOMEBODY_ELSE
    before = path.stat()

    again = bench.run()
    assert again.status == 0
    assert again.of("phase.started") == []
    assert path.stat() == before


def test_an_output_folder_that_cannot_be_written_costs_no_work(tmp_path):
    bench = job(tmp_path, {"clip": 6})
    (tmp_path / "out").mkdir(mode=0o555)
    end = bench.run(before=bound_by_modes())
    assert end.status == 1
    assert f"{published(tmp_path, 'clip').as_uri()} cannot be written" in end.complaint
    assert "check the folder's permissions" in end.complaint

    (tmp_path / "out").chmod(0o755)
    again = bench.run(before=bound_by_modes())
    assert again.status == 0
    assert again.of("chunk.started") == []
    assert bench.entries()["clip"].outcome == "published"


def limited(size: int) -> tuple[str, ...]:
    """Before a command: no file that it writes may become larger, as on a disk that is nearly full."""
    return "prlimit", f"--fsize={size}"


def test_a_disk_that_is_full_in_the_middle_of_a_chunk_fails_no_chunk(tmp_path):
    bench = job(tmp_path, {"small": 3, "large": 20})
    end = bench.run(before=limited(150_000))
    assert end.status == 1
    assert "no space left" in end.complaint
    assert "File too large" in end.complaint
    done = [ChunkManifest.from_bytes(path.read_bytes(), path.name) for path in bench.keys("done")]
    assert {manifest.outcome for manifest in done} <= {"done"}

    assert bench.run().status == 0
    assert {entry.outcome for entry in bench.entries().values()} == {"published"}


def test_a_disk_that_is_full_when_an_output_is_put_together_costs_no_chunk(tmp_path):
    bench = job(tmp_path, {"small": 3, "large": 130})
    end = bench.run(before=limited(1_000_000))
    assert end.status == 1
    assert "no space left" in end.complaint
    assert published(tmp_path, "small").exists()
    assert not published(tmp_path, "large").exists()

    again = bench.run()
    assert again.status == 0
    assert again.of("chunk.started") == []
    assert {entry.outcome for entry in bench.entries().values()} == {"published"}


NEEDS_MOUNTS = pytest.mark.skipif(not own_mounts(), reason="needs user namespaces, for a small disk")


@NEEDS_MOUNTS
def test_a_small_disk_that_is_full_of_scratch_ends_the_run_at_once_with_its_name_and_its_room(tmp_path):
    bench = job(tmp_path, {"clip": 130})
    scratch = tmp_path / "store" / "scratch"
    end = bench.run(before=on_a_disk_of_its_own(scratch, "size=100k"))
    assert end.status == 1
    assert f"no space left in {scratch}/" in end.complaint
    assert "No space left on device" in end.complaint
    assert "of 100 KiB are free" in end.complaint
    assert "make room there, or set HYBRIDFACE_SCRATCH to a folder of another disk, and run again" in end.complaint
    assert len(end.complaint.splitlines()) == 1
    assert [event["status"] for event in end.of("worker.ended")] == [ExitCode.DONE, ExitCode.CANNOT_WRITE]
    assert bench.keys("done") == []

    assert bench.run().status == 0
    assert bench.entries()["clip"].outcome == "published"


@NEEDS_MOUNTS
def test_a_small_disk_that_has_no_room_for_a_chunk_is_told_of_with_what_the_chunk_needs(tmp_path):
    bench = job(tmp_path, {"clip": 130})
    elsewhere = ("env", f"HYBRIDFACE_SCRATCH={tmp_path / 'scratch'}")
    end = bench.run(before=(*elsewhere, *on_a_disk_of_its_own(tmp_path / "store", "size=400k")))
    assert end.status == 1
    assert "/chunks/actor/clip/v000000/" in end.complaint
    assert re.search(
        r"does not fit \(No space left on device; it has [\d.]+ [KM]iB; [\d.]+ \w+ of 400 KiB", end.complaint
    )
    assert "make room and run again" in end.complaint
    assert len(end.complaint.splitlines()) == 1
    assert [event["status"] for event in end.of("worker.ended")] == [ExitCode.DONE, ExitCode.CANNOT_WRITE]


@NEEDS_MOUNTS
@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("store", "cannot be written (Read-only file system): mount it for writing, or name another folder"),
        ("store/scratch", "takes no files (Read-only file system): make it writable, or set HYBRIDFACE_SCRATCH"),
    ],
)
def test_a_disk_that_is_read_only_is_named_before_any_work(tmp_path, folder, said):
    bench = job(tmp_path, {"clip": 6})
    end = bench.run(before=on_a_disk_of_its_own(tmp_path / folder, "ro"))
    assert end.status == 1
    assert f"{tmp_path / folder}" in end.complaint
    assert said in end.complaint
    assert len(end.complaint.splitlines()) == 1
    assert end.of("worker.ended") == []


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(tmp_path):
    bench = job(tmp_path, {"clip": LONG})
    process = bench.start(staged="holds-after=1")
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["event"] != "chunk.committed":
        pass
    process.send_signal(signal.SIGINT)
    end = ended(process)
    assert end.status == 1
    assert end.complaint == "hybridface: interrupted; what was done is kept, and the same command goes on from there\n"
    assert not published(tmp_path, "clip").exists()
    kept = {path: path.read_bytes() for path in bench.keys("done")}
    assert 1 <= len(kept) < 5

    again = bench.run()
    assert again.status == 0
    assert {path: path.read_bytes() for path in bench.keys("done")}.items() >= kept.items()
    assert len(bench.keys("done")) == 5
    assert len(again.of("chunk.started")) == 5 - len(kept)
    assert bench.entries()["clip"].published == "merged"
