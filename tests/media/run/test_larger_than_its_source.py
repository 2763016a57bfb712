"""Limits are for what comes in: a result may be larger than anything that they allow."""

from __future__ import annotations

from hybridface_operator.planning import plan
from hybridface_worker.contract.spec import Limits
from support.clips import clip
from support.runs import manifest, run


def test_a_result_above_the_limits_of_its_source_is_published_with_its_sheet(tmp_path, monkeypatch):
    source = clip("cfr", 6)
    size = source.stat().st_size
    monkeypatch.setattr(plan, "Limits", lambda: Limits(max_bytes=size))
    output = run(manifest({"clip": source}, tmp_path / "out", swapper="marker"), tmp_path / "store").outputs()["clip"]
    assert output.report.finding is None
    assert output.path.stat().st_size > size
    assert output.report.sheet is not None
