"""Nodes that are not there, die, or are taken back cost time, and nothing else."""

from __future__ import annotations

import json

from hybridface_operator.manifests.config import STATE_NAME, remembered_state
from support.estate_documents import quote
from support.runs import portrait
from support.waiting import soon


def running(pods, phase: str) -> str:
    """The name of a pod of that phase, once its process runs."""

    def look() -> list[str]:
        labels = [(pod["metadata"], pod["status"].get("phase")) for pod in pods()]
        return [
            each["name"]
            for each, is_now in labels
            if each["labels"]["hybridface.dev/phase"] == phase and is_now == "Running"
        ]

    return soon(look, lambda names: names)[0]


def stays(pod) -> bool:
    """Whether nobody has told it to end."""
    return "deletionTimestamp" not in pod["metadata"]


def exits(home, name):
    """How workers ended that did not do all their work."""
    found = home.minio.admin.list_objects(bucket_name=home.work, prefix=f"{home.area(name)}exits/", recursive=True)
    return [json.loads(home.download(home.work, str(each.object_name)).read_bytes()) for each in found]


def breakers(home) -> set[str]:
    """The pools that the operator remembers to have tripped."""
    found = home.plane.kubectl("get", "configmap", STATE_NAME, f"-n={home.home}", "-o=json", "--ignore-not-found")
    return set(remembered_state(json.loads(found)).breakers) if found else set()


def test_a_pool_without_nodes_is_left_alone_also_by_the_next_operator(home):
    manifest = home.manifest("afar", {"still": portrait()})
    manifest["metadata"]["labels"] = {"from": "afar"}
    home.apply(manifest)

    ended = 'hybridface_attempts_total{cause="Unscheduled",phase="probe",pool="azure"}'
    soon(lambda: home.metric(ended), lambda count: count == 1)
    home.kubelets.pause()  # what comes after is the next operator's to see, however long the change takes
    soon(lambda: breakers(home), lambda tripped: tripped == {"azure"})
    home.stop_operator()
    home.start_operator()
    home.kubelets.resume()

    status = home.done("afar")["status"]
    verdicts = {each["pool"]: each["reason"] for each in status["placement"]["verdicts"]}
    assert status["placement"]["rule"] == "afar"
    assert verdicts["azure"] == "BreakerOpen"
    swapped = 'hybridface_attempts_total{cause="Finished",phase="swap",pool="%s"}'
    assert [home.metric(swapped % pool) for pool in ("private", "azure")] == [1, 0]


def test_a_dead_node_does_not_hold_what_ran_there(home, pods):
    dead = f"private-0-{home.prefix}"
    home.kubelets.hold("survivor", "probe")
    home.apply(home.manifest("survivor", {"still": portrait()}))
    pod = running(pods, "probe")

    home.kubelets.die(dead)
    fresh = home.node("private-1", "private")
    of_probe = "--selector=hybridface.dev/phase=probe"
    home.plane.kubectl("delete", "pods", of_probe, f"-n={home.namespace}", "--grace-period=1", "--wait=false")
    home.taint(dead)
    home.kubelets.let_go()
    try:
        home.done("survivor")
    finally:
        home.plane.kubectl("delete", "node", fresh)
        home.kubelets.come_back(dead)
        home.untaint(dead)

    assert f'"pod": "{pod}"' in home.operator_log()
    assert not any(end["counts"] for end in exits(home, "survivor"))


def test_what_a_provider_takes_back_goes_elsewhere_and_counts_as_nobodys_try(home, pods):
    spot = f"cloud-0-{home.prefix}"
    reclaimed = 'hybridface_attempts_total{cause="Reclaimed",phase="swap",pool="aws-spot"}'
    before = home.metric(reclaimed)
    home.publish_price("aws-spot", quote("0.20"))
    home.kubelets.hold("moving", "swap")
    home.apply(home.manifest("moving", {"still": portrait()}, placement={"allowedPools": ["aws-spot"]}))
    pod = running(pods, "swap")

    home.patch("moving", {"spec": {"placement": None}})
    home.taint(spot)
    soon(pods, lambda seen: not any(each["metadata"]["name"] == pod and stays(each) for each in seen))
    home.kubelets.let_go()
    try:
        home.done("moving")
    finally:
        home.untaint(spot)

    assert home.metric(reclaimed) == before + 1
    assert not any(end["counts"] for end in exits(home, "moving"))
