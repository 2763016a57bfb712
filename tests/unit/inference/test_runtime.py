"""ONNX Runtime tells nobody what it runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOAD = "from hybridface_worker.{module} import {name}"
TELEMETRY = {"ORT_DISABLE_TELEMETRY", "CI", "XDG_CACHE_HOME"}


@pytest.mark.parametrize(("module", "name"), [("inference.runtime", "onnxruntime"), ("faces.centerface", "CenterFace")])
def test_it_takes_no_identity_for_reports(tmp_path, module, name):
    environment = {key: value for key, value in os.environ.items() if key not in TELEMETRY} | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", LOAD.format(module=module, name=name)], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
