"""How the command ends where something ends a phase."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from hybridface_worker import cli
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason


@pytest.mark.parametrize("error", [MemoryError(), KeyError("no")])
def test_memory_that_runs_out_is_told_from_a_defect(monkeypatch, error):
    def run(*_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "configure", lambda: None)
    monkeypatch.setattr(cli, "_run_phase", run)
    with capture_logs() as logs:
        status = cli.main(["swap", "file:///job/attempts/000001.json", "--shard", "0"])
    out_of_memory = isinstance(error, MemoryError)
    assert status == (ExitCode.OUT_OF_MEMORY if out_of_memory else ExitCode.DEFECT)
    assert logs[0]["reason"] == (Reason.OUT_OF_MEMORY if out_of_memory else Reason.DEFECT)
    assert ("HYBRIDFACE_BATCH" in logs[0]["message"]) == out_of_memory
