"""What becomes of jobs in the middle of their work when the release is upgraded, removed, and installed again."""

from __future__ import annotations

import pytest
import yaml

from support.chart import with_field
from support.cluster_jobs import running
from support.cluster_middle import CHUNKS, in_the_middle
from support.cluster_release import INBOX, RESULTS, TENANT, condition
from support.waiting import soon

SECONDS = 180
DEFINITION = "faceswapjobs.hybridface.dev"

pytestmark = pytest.mark.timeout(SECONDS * 3)


@pytest.fixture(autouse=True)
def as_it_was(release):
    """Whatever a test did to the release, the next one finds it as it was."""
    yield
    release.put_on()


@pytest.fixture
def newer(tmp_path):
    """A chart whose definition has one field more."""
    return with_field(tmp_path, "note", {"type": "string", "maxLength": 64, "description": "For whom it is."})


def noted(cluster):
    """What an API server makes of a job with the new field."""
    spec = {
        "sources": [{"name": "actor", "images": [{"uri": f"s3://{INBOX}/actor.png"}]}],
        "targets": [{"name": "clip", "uri": f"s3://{INBOX}/clip.mp4"}],
        "output": {"uri": f"s3://{RESULTS}/noted/"},
        "consent": {"reference": "test"},
        "note": "for the studio",
    }
    head = {"apiVersion": "hybridface.dev/v1alpha1", "kind": "FaceSwapJob"}
    job = {**head, "metadata": {"name": "noted", "namespace": TENANT}, "spec": spec}
    try:
        return cluster.plane.kubectl(
            *("create", "--dry-run=server", "--validate=strict", "--filename=-", "--output=jsonpath={.spec.note}"),
            stdin=yaml.safe_dump(job),
        )
    except RuntimeError as error:
        return str(error)


def test_an_upgrade_with_a_changed_definition_disturbs_no_job(cluster, release, studio, gate, newer):
    with in_the_middle(studio, gate, "upgraded", seconds=SECONDS):
        workers, operators = uids(studio.pods("upgraded", phase="swap")), uids(studio.operators())
        assert 'unknown field "spec.note"' in noted(cluster)
        release.upgrade(newer, {"operator": {"podAnnotations": {"upgraded": "yes"}}})
        soon(lambda: noted(cluster), lambda said: said == "for the studio")
        soon(lambda: uids(studio.operators()) & operators, lambda old: not old, seconds=SECONDS)
        assert uids(running(studio.pods("upgraded", phase="swap"))) == workers
    studio.done("upgraded", seconds=SECONDS)
    assert worked_once(studio, "upgraded")


def test_removed_it_leaves_jobs_at_their_work_and_installed_again_it_finishes_them(cluster, release, studio, gate):
    with in_the_middle(studio, gate, "left", seconds=SECONDS):
        before, workers = studio.job("left"), uids(studio.pods("left", phase="swap"))
        release.uninstall()
        soon(studio.operators, lambda left: not left, seconds=SECONDS)
        assert cluster.get("customresourcedefinitions", DEFINITION)["metadata"]["name"] == DEFINITION
        assert uids(running(studio.pods("left", phase="swap"))) == workers
    soon(lambda: studio.keys("left", "done/"), bool, seconds=SECONDS)
    soon(
        lambda: {pod["status"]["phase"] for pod in studio.pods("left", phase="swap")},
        lambda seen: seen == {"Succeeded"},
        seconds=SECONDS,
    )
    left = studio.job("left")
    assert (left["metadata"]["uid"], left["spec"]) == (before["metadata"]["uid"], before["spec"])
    assert condition(left, "Complete").get("status") != "True"

    release.put_on()
    studio.done("left", seconds=SECONDS)
    assert worked_once(studio, "left")


def uids(pods):
    return {pod["metadata"]["uid"] for pod in pods}


def worked_once(studio, name):
    """Whether each chunk was begun once."""
    begun = [key.partition("/")[2] for key in studio.keys(name, "tries/")]
    return (len(begun), len(set(begun))) == (CHUNKS, CHUNKS)
