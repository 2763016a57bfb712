"""What the pods of the chart run, run here: on the files that they find mounted, against real servers."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from minio import Minio
from minio.error import S3Error

from hybridface_operator import cli
from hybridface_operator.credentials.minting import Minter
from hybridface_operator.credentials.settings import StsSettings
from support import consul_server, minio_server
from support.chart import CHART, EXAMPLES, pods
from support.chart_pods import Unpacked
from support.minio_server import ACCESS_KEY, SECRET_KEY


def program(path):
    """A program of files/, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def unpacked(rendered, tmp_path):
    """A pod of an example, by the beginning of its name."""

    def of(example, name):
        found = {each: pod for each, pod in pods(rendered(example)) if each.startswith(name)}
        (pod,) = found.values()
        return Unpacked(rendered(example), pod, tmp_path)

    return of


@pytest.fixture
def hybridface(monkeypatch, capsys):
    """Runs a command as the pod does."""

    def run(command, environment=None):
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", command)
        status = cli.main()
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def minio(tmp_path_factory):
    with minio_server.running(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_test_of_a_release_explains_where_a_restricted_job_goes(unpacked, hybridface, example):
    command = unpacked(example, "Pod/").command(container=1)
    status, out, err = hybridface([*command, "-o", "json"])
    assert (status, err) == (0, "")
    assert {verdict["pool"] for verdict in json.loads(out)["verdicts"]} >= {"private"}


class Answers(BaseHTTPRequestHandler):
    """Not ready at first."""

    left = 2

    def do_GET(self):
        type(self).left -= 1
        self.send_response(200 if self.left < 0 else 503)
        self.end_headers()
        self.wfile.write(b"ok\n" if self.left < 0 else b"the first lists are not in\n")

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def operator_url():
    Answers.left = 1
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"
        server.shutdown()


def test_the_test_of_a_release_waits_until_an_operator_is_ready(unpacked, operator_url, capsys):
    python, file, url, seconds = unpacked("minimal", "Pod/").command()
    assert (python, url) == ("python", "http://hybridface-operator.hybridface-system.svc:8080/readyz")
    ready = program(CHART / "files/tests/ready.py")
    assert file.endswith("/test/ready.py")
    assert ready.main(operator_url, float(seconds)) == 0
    assert capsys.readouterr().out == f"{operator_url}: ok\n"


def test_the_test_of_a_release_says_why_no_operator_is_ready(operator_url, capsys):
    Answers.left = 100
    ready = program(CHART / "files/tests/ready.py")
    assert ready.main(operator_url, 0) == 1
    assert "the first lists are not in" in capsys.readouterr().out
    assert ready.main("http://127.0.0.1:9/readyz", 0) == 1
    assert "refused" in capsys.readouterr().out


def test_the_first_policy_is_published_and_a_later_one_stays(unpacked, hybridface, tmp_path_factory):
    with consul_server.running(tmp_path_factory.mktemp("consul")) as consul:
        job = unpacked("trial", "Job/hybridface-policy-")
        environment = job.environment() | {
            "HYBRIDFACE_CONSUL_ADDRESS": consul.url,
            "HYBRIDFACE_CONSUL_TOKEN": consul.token,
        }
        status, out, err = hybridface(job.command(), environment)
        assert (status, err) == (0, "")
        assert out.startswith("hybridface/policy: published, index ")
        assert "was there already" in hybridface(job.command(), environment)[1]


@pytest.fixture
def setup_of_trial(unpacked, minio, monkeypatch):
    """The Job of the trial on a real server: runs it, and returns the buckets that it is for and the operator's key."""
    job = unpacked("trial", "Job/hybridface-trial-setup-")
    buckets = job.environment()["BUCKETS"]
    keys = Path(job.at("/keys"))
    (keys / "root/access-key").write_text(ACCESS_KEY)
    (keys / "root/secret-key").write_text(SECRET_KEY)
    variables = {"KEYS": str(keys), "BUCKETS": buckets, "ENDPOINT": f"http://{minio.settings.endpoint}"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    program(CHART / "files/trial/prepare_minio.py").main()
    return buckets.split(","), keys / "operator"


def test_the_trial_has_its_buckets_and_a_key_that_mints_and_is_nobodys_administrator(setup_of_trial, minio, capsys):
    buckets, folder = setup_of_trial
    assert buckets == ["faces", "inbox", "results", "models", "hybridface-work"]
    assert {bucket.name for bucket in minio.admin.list_buckets()} == set(buckets)
    Minter(StsSettings(f"http://{minio.settings.endpoint}", folder)).check_parent()
    program(CHART / "files/trial/prepare_minio.py").main()
    assert "are there" in capsys.readouterr().out


def test_the_operators_key_uses_objects_of_these_buckets_alone(setup_of_trial, minio, request):
    _, folder = setup_of_trial
    minio.bucket("elsewhere")
    request.addfinalizer(lambda: minio.admin.remove_bucket(bucket_name="elsewhere"))
    access_key, secret_key = ((folder / name).read_text() for name in ("access-key", "secret-key"))
    client = Minio(
        endpoint=minio.settings.endpoint, access_key=access_key, secret_key=secret_key, secure=False, region="us-east-1"
    )
    client.put_object(bucket_name="inbox", object_name="a", data=io.BytesIO(b"a"), length=1)
    client.remove_object(bucket_name="inbox", object_name="a")
    for refused in (
        lambda: client.put_object(bucket_name="elsewhere", object_name="a", data=io.BytesIO(b"a"), length=1),
        lambda: client.make_bucket(bucket_name="mine"),
    ):
        with pytest.raises(S3Error, match="AccessDenied"):
            refused()
