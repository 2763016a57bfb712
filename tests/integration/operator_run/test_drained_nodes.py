"""A node that is drained with kubectl: its pods are evicted, and what they had not committed is done elsewhere."""

from __future__ import annotations

import json

from support.clips import clip
from support.estate_documents import quote
from support.waiting import soon

CHUNK_FRAMES, CHUNKS = 64, 12
"""A pool with one GPU is given half of them at first, in two shards of three."""
DRAIN = ("--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s")
RECLAIMED = 'hybridface_attempts_total{cause="Reclaimed",phase="swap",pool="private"}'


def records(home, folder: str) -> list[dict[str, object]]:
    """The documents in that folder of the job's records."""
    found = home.minio.admin.list_objects(bucket_name=home.work, prefix=home.area("drained") + folder, recursive=True)
    return [json.loads(home.download(home.work, str(each.object_name)).read_bytes()) for each in found]


def test_a_drained_node_loses_no_chunk_and_nobodys_try_is_counted(home):
    node, reclaimed = f"private-0-{home.prefix}", home.metric(RECLAIMED)
    home.kubelets.hold("drained", "swap", from_frame=2 * CHUNK_FRAMES)
    home.apply(home.manifest("drained", {"clip": clip("cfr", CHUNK_FRAMES * CHUNKS)}))
    soon(lambda: home.commits("drained"), bool)

    large = home.node("cloud-1", "aws-spot", gpus=4)  # takes all that is left in one attempt

    try:
        assert f"node/{node} drained" in home.plane.kubectl("drain", node, *DRAIN)
        soon(lambda: home.condition("drained", "Placed"), lambda placed: placed["status"] == "False")
        before = home.commits("drained")
        assert len(before) < CHUNKS
        home.kubelets.let_go()
        home.publish_price("aws-spot", quote("0.20"))
        home.done("drained")
    finally:
        home.plane.kubectl("uncordon", node)
        home.plane.kubectl("delete", "node", large, "--ignore-not-found")

    after = home.commits("drained")
    assert len(after) == CHUNKS
    assert all(after[key] == etag for key, etag in before.items())
    assert home.metric(RECLAIMED) == reclaimed + 1
    assert not any(end["counts"] for end in records(home, "exits/"))
    begun = [json.dumps(each["chunk"]) for each in records(home, "tries/")]
    assert len(begun) == len(set(begun)) == CHUNKS, "nobody worked what another had committed"
    assert "BreakerOpen" not in home.condition("drained", "Placed")["message"]
