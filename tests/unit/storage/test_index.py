"""The index of a job's outputs, whatever else cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_operator.planning.settled import Settled
from hybridface_operator.storage.index import publish_index
from hybridface_operator.storage.records import Records
from hybridface_operator.storage.survey import OutputFolder
from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import OutputIndex, OutputReport
from hybridface_worker.contract.plan import Plan, PlannedOutput
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from support.plans import JOB, images, inputs, plan

WHY = Finding(reason=Reason.OUTPUT_NOT_WRITABLE, message="its name is too long")


def failed(planned: Plan, output: PlannedOutput) -> OutputReport:
    uri = f"{planned.output.uri}actor/{output.path}"
    return OutputReport(
        job=JOB, source="actor", target=output.target, item=output.item, uri=uri, outcome="failed", finding=WHY
    )


@pytest.mark.parametrize("name", ["short.png", "x" * 251 + ".png"])
def test_the_index_is_published_even_where_a_report_cannot_be(tmp_path: Path, name: str):
    made = plan(images("stills", 2), uri=f"{tmp_path.as_uri()}/")
    first, second = made.outputs
    made = made.model_copy(update={"outputs": (first.model_copy(update={"path": f"stills/{name}"}), second)})
    records = Records(JobArea(FolderStore(tmp_path / "scratch"), ""), JOB)
    reports = [failed(made, output) for output in made.outputs]
    for output, report in zip(made.outputs, reports, strict=True):
        records.put_report(output, report)
    settled = {place: Settled.by(report) for place, report in enumerate(reports)}
    folder = OutputFolder(Stores(StoreSettings.from_env({})), made.output.uri)
    result = publish_index(settled, folder, records, lambda: inputs(["stills"]), made)
    published = (tmp_path / layout.published_index(JOB)).read_bytes()
    assert result.index_problem is None
    assert OutputIndex.from_bytes(published, "index") == result.index
    assert [entry.finding for entry in result.index.outputs] == [WHY, WHY]
    assert (tmp_path / layout.published_report(JOB, "actor", second.path)).exists()
