from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3
from minio import Minio

from support.waiting import soon

ROOT = Path(__file__).parent.parent.parent.parent
PROGRAM = ROOT / "scripts" / "cluster_lite.py"


@pytest.fixture
def program(tmp_path):
    """It begins to start its servers."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests"), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, PROGRAM], env=environment, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


@pytest.fixture
def exports(program) -> list[str]:
    """What it printed up to the line that says that it runs."""
    lines = []
    for line in iter(program.stdout.readline, "# Running. Ctrl-C ends everything.\n"):
        assert line, "the program has ended"
        lines.append(line)
    return lines


def test_its_exports_reach_every_server_and_an_interrupt_leaves_nothing_behind(program, exports, tmp_path):
    shell = "".join(exports) + "kubectl get namespace kube-system --output=name; env"
    said = subprocess.run(["bash", "-euc", shell], capture_output=True, text=True, check=True).stdout
    assert "namespace/kube-system" in said
    variables = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    token = {"X-Consul-Token": variables["CONSUL_HTTP_TOKEN"]}
    leader = urllib3.request("GET", f"http://{variables['CONSUL_HTTP_ADDR']}/v1/acl/token/self", headers=token)
    assert leader.json()["Policies"][0]["Name"] == "global-management"
    minio = Minio(
        endpoint=variables["HYBRIDFACE_S3_ENDPOINT"].removeprefix("http://"),
        access_key=variables["HYBRIDFACE_S3_ACCESS_KEY"],
        secret_key=variables["HYBRIDFACE_S3_SECRET_KEY"],
        secure=False,
    )
    assert minio.list_buckets() == []
    assert len(of_the_servers(tmp_path)) == 5
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=120) == 0
    assert of_the_servers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("exports")
def test_no_server_outlives_it_when_it_is_killed(program, tmp_path):
    program.kill()
    program.wait(timeout=120)
    assert soon(lambda: of_the_servers(tmp_path), lambda lines: not lines) == []


def test_no_server_outlives_it_when_it_is_ended_while_it_starts_them(program, tmp_path):
    soon(lambda: of_the_servers(tmp_path), bool)
    program.terminate()
    program.wait(timeout=120)
    assert soon(lambda: of_the_servers(tmp_path), lambda lines: not lines) == []


def of_the_servers(folder: Path) -> list[bytes]:
    """Command lines of processes that name a file in the folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            lines.append(path.read_bytes())
    return [line for line in lines if os.fsencode(folder) in line]
