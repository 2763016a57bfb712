"""From a placement to attempts."""

from __future__ import annotations

from dataclasses import replace

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling.placing import place
from hybridface_operator.reconciling.records import EndCause
from hybridface_operator.routing.placement import Placement, Share, Verdict, Waiting
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import MergeTask, SwapTask
from support.plans import plan, video
from support.reconciling import CHUNKS, REF, died, kube_job, merging, probing, swap, swapping

VERDICTS = (
    Verdict(pool="private", fit=True, reason=Reason.FITS, message="fits", price="0"),
    Verdict(pool="aws-spot", fit=False, reason=Reason.PRICE_ABOVE_CAP, message="too dear", price="0.41"),
)


def placement(*shares: tuple[str, int, int], waiting: int = 0, phase: str = "swap", **more) -> Placement:
    """Pools with shards and parallelism."""
    left = Waiting(shards=waiting, reason=Reason.NO_FREE_GPUS, message="more") if waiting else None
    dealt = tuple(Share(pool=pool, shards=shards, parallelism=pods) for pool, shards, pods in shares)
    return Placement(job=REF, phase=phase, rule="r", shares=dealt, waiting=left, verdicts=VERDICTS, **more)


def started(seen, given: Placement) -> list[act.StartAttempt]:
    return [each for each in place(seen, given, 7) if isinstance(each, act.StartAttempt)]


def chunks_of(action: act.StartAttempt) -> list[ChunkRef]:
    assert isinstance(action.attempt.work, SwapTask)
    return [chunk for shard in action.attempt.work.shards for chunk in shard.chunks]


def test_every_pool_gets_its_share_and_every_chunk_goes_somewhere():
    private, spot = started(swapping(), placement(("private", 2, 1), ("aws-spot", 2, 2)))
    assert chunks_of(private) + chunks_of(spot) == list(CHUNKS)
    assert [(each.attempt.attempt, each.attempt.pool, each.parallelism) for each in (private, spot)] == [
        (1, "private", 1),
        (2, "aws-spot", 2),
    ]
    assert (private.attempt.decision, spot.attempt.price_per_gpu_hour) == (7, "0.41")


def test_attempts_are_numbered_over_the_jobs_whole_life():
    (action,) = started(swapping(attempts=(swap(4, CHUNKS[:1]),)), placement(("private", 2, 2)))
    assert action.attempt.attempt == 5
    assert chunks_of(action) == list(CHUNKS[1:])


def test_no_more_pods_than_shards():
    (action,) = started(swapping(attempts=(swap(1, CHUNKS[:3]),)), placement(("private", 4, 4)))
    assert (len(action.attempt.work.shards), action.parallelism) == (1, 1)


def test_where_not_all_is_placed_half_of_what_waits_is():
    long = plan(video("clip", 64 * 1000))
    (action,) = started(swapping(plan=long), placement(("private", 4, 2), waiting=996))
    assert len(action.attempt.work.shards) == 4
    assert len(chunks_of(action)) == 500


def test_a_long_job_on_a_small_pool_takes_few_attempts():
    long = plan(video("clip", 64 * 1000))
    seen, count = swapping(plan=long), 0
    while len(seen.committed) < 1000:
        left = 1000 - len(seen.committed)
        given = placement(("private", min(4, left), 2), waiting=max(0, left - 4))
        (action,) = started(seen, given)
        seen = replace(seen, committed={**seen.committed, **dict.fromkeys(chunks_of(action), "done")})
        count += 1
    assert count <= 12


def test_tried_chunks_are_worked_alone():
    (action,) = started(swapping(tries={CHUNKS[2]: (died(1),)}), placement(("private", 1, 1)))
    assert isinstance(action.attempt.work, SwapTask)
    assert action.attempt.work.shards[0].alone == (CHUNKS[2],)


def test_what_leaves_is_ended_with_the_verdict_on_its_pool():
    seen = swapping(attempts=(swap(1, pool="aws-spot", job=kube_job(1)), swap(2, job=kube_job(2, deleting=True))))
    (action,) = place(seen, placement(leave=(1, 2)), 7)
    assert isinstance(action, act.EndAttempt)
    assert (action.number, action.cause, action.message) == (1, EndCause.MOVED, "too dear")


def test_probe_and_merge_go_whole_to_the_first_pool():
    seen = probing()
    (action,) = started(seen, placement(("private", 4, 4), phase="probe"))
    assert len(action.attempt.work.shards) == 4
    (action,) = started(merging(), placement(("private", 1, 1), phase="merge"))
    assert isinstance(action.attempt.work, MergeTask)


def test_nothing_comes_of_a_placement_without_shares():
    assert place(swapping(), placement(waiting=4), 7) == ()
