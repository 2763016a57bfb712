"""What ends a job early, or holds it, costs only that: budgets, poison, storage that is away, deletion."""

from __future__ import annotations

from functools import partial

from support.clips import clip
from support.estate_documents import quote
from support.runs import portrait
from support.waiting import soon


def phase(home, name: str, wanted: str) -> None:
    """Waits until the job is in that phase."""
    soon(lambda: home.job(name).get("status", {}).get("phase"), lambda seen: seen == wanted)


def keys(home, bucket: str, prefix: str) -> list[str]:
    """The objects whose keys begin so."""
    found = home.minio.admin.list_objects(bucket_name=bucket, prefix=prefix, recursive=True)
    return [str(each.object_name) for each in found]


def test_what_may_be_spent_is_spent_and_no_more_until_somebody_raises_it(home):
    home.publish_price("aws-spot", quote("0.39"))
    manifest = home.manifest(
        "thrifty", {"clip": clip("cfr", 130)}, placement={"allowedPools": ["aws-spot"]}, budget={"maxCost": "0.0001"}
    )
    home.apply(manifest)

    held = soon(lambda: home.condition("thrifty", "Suspended"), lambda each: each.get("status") == "True")
    assert held["reason"] == "CostLimitReached"
    assert "budget.maxCost 0.0001" in held["message"]
    home.patch("thrifty", {"spec": {"budget": {"maxCost": "5"}}})

    usage = home.done("thrifty")["status"]["usage"]
    assert float(usage["cost"][0]["amount"]) >= 0.0001


def test_a_chunk_that_ends_everybody_who_tries_it_fails_alone(home):
    home.kubelets.poison = "poisoned"
    try:
        home.apply(home.manifest("mixed", {"poisoned": portrait(), "healthy": portrait()}, maxTriesPerChunk=2))
        failed = soon(lambda: home.condition("mixed", "Failed"), lambda each: each.get("status") == "True")
    finally:
        home.kubelets.poison = None

    assert failed["reason"] == "SomeOutputsFailed"
    status = home.job("mixed")["status"]
    assert (status["outputs"]["count"], status["outputs"]["failed"]) == (1, 1)
    assert status["progress"]["chunksFailed"] == 1
    published = keys(home, home.results, "mixed/")
    assert "mixed/actor/healthy.png" in published
    assert "mixed/actor/poisoned.png" not in published


def test_storage_that_is_away_is_waited_for(home):
    home.kubelets.hold("early", "swap")
    home.apply(home.manifest("early", {"still": portrait()}))
    late = home.manifest("late", {"still": portrait()})
    phase(home, "early", "Swapping")
    home.minio.stop()
    try:
        home.apply(late)
        waits = soon(lambda: home.condition("late", "Reconciling"), lambda each: each.get("status") == "True")
        assert waits["reason"] == "ServiceAway"
        home.kubelets.let_go()
    finally:
        home.minio.start()

    home.done("early")
    home.done("late")


def test_what_is_deleted_or_over_leaves_no_scratch_and_takes_no_output_along(home):
    home.apply(home.manifest("short", {"still": portrait()}, ttlSecondsAfterFinished=0))
    merging = home.manifest("merging", {"still": portrait()})
    home.kubelets.hold("merging", "merge")
    home.kubelets.hold("probing", "probe")
    home.apply(merging)
    home.apply(home.manifest("probing", {"still": portrait()}))
    areas = {name: home.area(name) for name in ("short", "merging", "probing")}
    phase(home, "probing", "Probing")
    home.plane.kubectl("delete", "fsj", "probing", f"-n={home.namespace}")
    phase(home, "merging", "Merging")
    home.plane.kubectl("delete", "fsj", "merging", f"-n={home.namespace}")
    home.done("short")

    for area in areas.values():
        soon(partial(keys, home, home.work, area), lambda left: not left)
    for kind in ("jobs", "pods", "secrets"):
        look = ("get", kind, f"-n={home.namespace}", "--selector=hybridface.dev/uid", "-o=name")
        soon(partial(home.plane.kubectl, *look), lambda names: not names)
    assert home.job("short")["status"]["scratchRemoved"]
    assert "short/actor/still.png" in keys(home, home.results, "short/")
