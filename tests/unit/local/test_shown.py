"""What people see of a run on a terminal."""

from __future__ import annotations

import dataclasses
import io

from rich.console import Console

from hybridface_operator.local.processes import Ending
from hybridface_operator.local.progress import Bars
from hybridface_operator.local.summary import print_summary
from hybridface_operator.storage.index import JobResult
from hybridface_worker.contract.manifest import IndexEntry, OutputIndex, OutputReport, Stages
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from support.plans import JOB, plan, video


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_bar_for_each_phase_counts_what_it_does():
    console = terminal()
    with Bars(console) as bars:
        bars.phase("swap", total=640, done=64)
        bars.event("w", {"event": "progress", "frames": 256})
    assert "320/640 frames" in text(console)


def test_what_goes_wrong_is_said_above_the_bars():
    console = terminal()
    with Bars(console) as bars:
        bars.phase("swap", total=640, done=0)
        bars.event(
            "w", {"event": "chunk.committed", "chunk": "a/b/v000000/0-64", "outcome": "failed", "message": "bad"}
        )
        bars.ended("w7", Ending(70, {"message": "IndexError: 3"}, ("Traceback", "IndexError: 3")))
        bars.ended("w8", Ending(143))
    assert "chunk a/b/v000000/0-64 failed: bad" in text(console)
    assert "worker w7 ended with exit status 70 (defect): IndexError: 3" in text(console)
    assert "w8" not in text(console)


def result(*outcomes: str) -> JobResult:
    entries, reports = [], []
    for item, outcome in enumerate(outcomes):
        uri = f"file:///out/actor/clip{item}.mp4"
        finding = None if outcome == "published" else Finding(reason=Reason.NOT_MEDIA, message="it is text")
        entries.append(
            IndexEntry.model_validate(
                {"source": "actor", "target": "clip", "item": item, "uri": uri, "outcome": outcome, "finding": finding}
                | ({"report": f"{uri}.report.json", "sheet": f"{uri}.sheet.png"} if not finding else {})
            )
        )
        if not finding:
            stages = Stages(decode=1500, swap=2250)
            note = Finding(reason=Reason.TRACK_NOT_COPYABLE, message="a data track was left out")
            reports.append(
                OutputReport(
                    job=JOB,
                    source="actor",
                    target="clip",
                    item=item,
                    uri=uri,
                    outcome="published",
                    frames=640,
                    faces=700,
                    stages=stages,
                    notes=(note,),
                )
            )
    index = OutputIndex(job=JOB, outputs=tuple(entries))
    return JobResult(
        plan(video("clip", 640), uri="file:///out/"), index, "file:///out/_hybridface/x/index.json", tuple(reports)
    )


def test_the_summary_has_frames_faces_seconds_by_stage_and_where_things_are():
    console = terminal()
    print_summary(console, result("published"))
    for shown in ("│ actor/clip0.mp4", "640", "700", "1.50", "2.25", "reports  /out/_hybridface/x/ ", "data track"):
        assert shown in text(console)
    assert "paste" not in text(console)


def test_on_a_narrow_terminal_stages_are_one_number_that_can_be_read():
    console = Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None)
    print_summary(console, result("published"))
    assert "seconds of all stages" in text(console)
    assert "…" not in text(console)
    assert "actor/clip0.mp4" in text(console)


def test_places_are_paths_that_a_shell_takes():
    console = terminal()
    done = result("published")
    there = done.plan.output.model_copy(update={"uri": "file:///my%20files/out/"})
    plan_there = done.plan.model_copy(update={"output": there})
    print_summary(console, dataclasses.replace(done, plan=plan_there))
    assert "outputs  /my files/out/\n" in text(console)


def test_the_summary_says_why_an_output_is_missing():
    console = terminal()
    print_summary(console, result("published", "refused"))
    assert "refused  file:///out/actor/clip1.mp4 (actor): NotMedia: it is text" in text(console)


def test_faces_that_were_left_stand_out_from_other_notes():
    console = terminal()
    done = result("published")
    warning = Finding(reason=Reason.TRACK_NOT_SWAPPED, message="Track 1, cover art, is copied as it is")
    (report,) = done.reports
    shown = report.model_copy(update={"notes": (*report.notes, warning)})
    print_summary(console, dataclasses.replace(done, reports=(shown,)))
    assert "note     file:///out/actor/clip0.mp4: a data track was left out" in text(console)
    assert "warning  file:///out/actor/clip0.mp4: Track 1, cover art, is copied as it is" in text(console)


def test_a_long_summary_names_the_index_instead():
    console = terminal()
    print_summary(console, result(*["published"] * 60))
    assert "10 more outputs are in the index" in text(console)


def test_a_job_is_complete_when_every_output_is_published():
    assert result("published").complete
    assert not result("published", "refused").complete
    assert result("published", "refused").why_incomplete.startswith("SomeOutputsFailed: 1 of 2 outputs")
