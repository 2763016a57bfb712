"""`hybridface status` asks a real API server."""

from __future__ import annotations

import json
import sys

import pytest

from hybridface_operator.cli import main
from support.jobs import manifest


@pytest.fixture
def command(monkeypatch, capsys):
    """`hybridface status ...`; returns exit status, output and errors."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["hybridface", "status", *arguments])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def job(plane, namespace):
    body = manifest()
    body["metadata"] |= {"name": "small", "namespace": namespace}
    plane.kubectl("apply", "--filename=-", stdin=json.dumps(body))
    return "small", "-n", namespace


def test_a_new_job_is_pending(plane, command, job):
    code, out, err = command(*job, "--kubeconfig", str(plane.kubeconfig))
    assert (code, err) == (0, "")
    assert out.startswith(f"{job[2]}/small: Pending\n")


def test_the_cluster_may_be_named_by_the_environment(plane, command, job, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    code, out, _ = command(*job, "-o", "json")
    assert (code, json.loads(out)["name"]) == (0, "small")


def test_a_job_that_is_not_there_is_wrong_use(plane, command, namespace):
    code, _, err = command("none", "-n", namespace, "--kubeconfig", str(plane.kubeconfig))
    assert code == 2
    assert f"there is no FaceSwapJob none in namespace {namespace}" in err


def test_who_may_not_look_is_told_so(plane, command, job):
    stranger = plane.kubeconfig_of(plane.client_token("stranger"))
    code, _, err = command(*job, "--kubeconfig", str(stranger))
    assert code == 1
    assert "forbidden" in err
    assert err.count("\n") == 1


def test_without_any_cluster_it_says_what_to_give(command, tmp_path):
    code, _, err = command("small", "--kubeconfig", str(tmp_path / "none"))
    assert code == 2
    assert "there is no kubeconfig" in err
