"""What holds of every pass, whatever policy, prices and facts say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise, product

from hypothesis import given

from hybridface_operator.policy.quotes import CLOCK_SKEW
from hybridface_operator.policy.types import PRIORITIES, Sensitivity, moment
from hybridface_operator.routing.allocate import Decision, allocate, route
from hybridface_operator.routing.fallback import private_only
from hybridface_operator.routing.placement import DecisionRecord
from hybridface_operator.routing.request import Request
from hybridface_worker.contract.reasons import Reason
from support.examples import examples
from support.routing_random import Situation, situations

promised = examples(ci=500, deep=10_000)

Invariant = Callable[[Situation, Sequence[Decision]], None]
INVARIANTS: list[Invariant] = []
"""Making a situation up takes longer than judging it, so each is judged by all of them."""


def invariant(holds: Invariant) -> Invariant:
    """Marks what is to hold of every pass."""
    INVARIANTS.append(holds)
    return holds


@promised
@given(situations)
def test_every_invariant_holds_of_every_pass(situation):
    turns = allocate(*situation)
    for holds in INVARIANTS:
        holds(situation, turns)


@invariant
def it_is_deterministic_and_blind_to_the_order_of_requests(situation, turns):
    assert tuple(turns) == allocate(*situation._replace(requests=situation.requests[::-1]))
    assert Counter(each.request.job.uid for each in turns) == Counter(each.job.uid for each in situation.requests)


@invariant
def every_pool_is_explained_once_and_candidates_come_first(situation, turns):
    pools = sorted(pool.name for pool in situation.inventory.pools)
    for decided in turns:
        verdicts = decided.placement.verdicts
        assert sorted(verdict.pool for verdict in verdicts) == pools
        named = [verdict.candidate for verdict in verdicts]
        assert named == sorted(named, reverse=True)
        for verdict in verdicts:
            assert verdict.message
            assert verdict.fit == (verdict.reason is Reason.FITS)
            assert verdict.fit <= verdict.candidate


@invariant
def restricted_work_is_never_placed_outside_private_pools(situation, turns):
    kinds = {pool.name: pool.kind for pool in situation.inventory.pools}
    for decided in turns:
        if decided.request.sensitivity is Sensitivity.RESTRICTED:
            assert all(kinds[share.pool] == "private" for share in decided.placement.shares)
            assert not any(verdict.fit for verdict in decided.placement.verdicts if kinds[verdict.pool] != "private")
            stays = {
                attempt.pool
                for job in decided.facts.jobs.values()
                for attempt in job.live
                if attempt.number not in decided.placement.leave
            }
            assert all(kinds[pool] == "private" for pool in stays)


@invariant
def without_a_policy_nothing_is_placed_outside_private_pools(situation, turns):
    kinds = {pool.name: pool.kind for pool in situation.inventory.pools}
    for decided in allocate(*situation._replace(policy=private_only(situation.inventory))):
        assert all(kinds[share.pool] == "private" for share in decided.placement.shares)


@invariant
def a_pass_gives_away_no_more_than_there_is(situation, turns):
    given_away: Counter[str] = Counter()
    for decided in turns:
        shares = decided.placement.shares
        waiting = decided.placement.waiting
        assert sum(share.shards for share in shares) + (waiting.shards if waiting else 0) == decided.request.shards
        assert all(share.parallelism <= share.shards for share in shares)
        assert len({share.pool for share in shares}) == len(shares)
        if decided.request.phase == "swap":
            assert all(share.shards <= 2 * share.parallelism for share in shares)
            given_away.update({share.pool: share.parallelism for share in shares})
        else:
            own = decided.facts.jobs.get(decided.request.job.uid)
            running = sum(attempt.parallelism for attempt in own.live) if own else 0
            pods = sum(share.parallelism for share in shares)
            assert not pods or pods + running <= situation.policy.limits.max_cpu_pods
    for name, gpus in given_away.items():
        known, caps = situation.facts.pools.get(name), situation.policy.pools.get(name)
        most = situation.inventory.pool(name).max_gpus
        assert gpus + (known.reserved_gpus if known else 0) <= most
        assert caps is None or caps.max_gpus is None or gpus <= caps.max_gpus - (known.reserved_gpus if known else 0)
        assert known is None or known.free_gpus is None or gpus <= known.free_gpus


@invariant
def no_pool_takes_work_at_a_price_that_is_unknown_or_above_a_cap(situation, turns):
    for decided in turns:
        for share in decided.placement.shares:
            pool, quoted = situation.inventory.pool(share.pool), situation.facts.pools.get(share.pool)
            price = pool.fixed_price
            if price is None:
                assert quoted is not None
                assert quoted.quote is not None
                assert quoted.quote.currency == situation.policy.currency
                price = quoted.quote.price
            caps = situation.policy.pools.get(share.pool)
            for cap in (caps.max_price_per_gpu_hour if caps else None, decided.request.max_price_per_gpu_hour):
                assert cap is None or price <= cap


@invariant
def no_pool_takes_work_before_its_cool_down_is_over(situation, turns):
    tripped = {name: known.breaker for name, known in situation.facts.pools.items() if known.breaker}
    for decided in turns:
        for share in decided.placement.shares:
            breaker, now = tripped.get(share.pool), moment(situation.facts.now)
            ahead = breaker is not None and moment(breaker.tripped_at) > now + CLOCK_SKEW  # by a clock that was wrong
            assert breaker is None or ahead or moment(breaker.until) <= now


@invariant
def jobs_choose_among_what_their_rule_names_and_never_widen_it(situation, turns):
    named = {rule.name: set[str]() for rule in situation.policy.rules} | {
        "default": set(situation.policy.default.place)
    }
    for rule in situation.policy.rules:
        named[rule.name].update(rule.place)
    for decided in turns:
        pools = {share.pool for share in decided.placement.shares}
        assert pools <= named[decided.placement.rule]
        if decided.request.allowed_pools is not None:
            assert pools <= set(decided.request.allowed_pools)


@invariant
def they_are_served_by_priority_then_deadline_then_age(situation, turns):
    for before, after in pairwise(decided.request for decided in turns):
        ranks = [PRIORITIES.index(each.priority) for each in (before, after)]
        assert ranks[0] >= ranks[1]
        if ranks[0] == ranks[1] and after.deadline is not None:
            assert before.deadline is not None
            assert moment(before.deadline) <= moment(after.deadline)
        if ranks[0] == ranks[1] and before.deadline == after.deadline:
            assert moment(before.created) <= moment(after.created)


@invariant
def each_turn_replays_from_its_record_alone(situation, turns):
    for number, decided in enumerate(turns, start=1):
        record = DecisionRecord(
            decision=number,
            request=decided.request,
            inventory=situation.inventory,
            policy=situation.policy,
            policy_sha256=situation.policy.digest(),
            policy_revision=0,
            facts=decided.facts,
            placement=decided.placement,
        )
        read = DecisionRecord.from_bytes(record.to_bytes(), "record")
        assert read == record
        assert route(read.request, read.inventory, read.policy, read.facts) == decided.placement


@invariant
def of_two_jobs_that_differ_only_in_age_or_priority_the_one_served_later_finds_no_more(situation, turns):
    alone = situation.facts.model_copy(update={"jobs": {}})
    blind = situation.policy.model_copy(update={"rules": ()})
    for each in situation.requests:
        twin = each.model_copy(update={"job": each.job.model_copy(update={"uid": "twin", "name": "twin"})})
        older = twin.model_copy(update={"created": "2020-01-01T00:00:00Z"})
        _the_first_finds_no_less([each, older], situation._replace(facts=alone))
        for lower, higher in pairwise(PRIORITIES):
            one = each.model_copy(update={"priority": lower})
            other = twin.model_copy(update={"priority": higher, "created": "2026-12-01T00:00:00Z"})
            _the_first_finds_no_less([one, other], situation._replace(policy=blind, facts=alone))


def _the_first_finds_no_less(pair: Sequence[Request], situation: Situation) -> None:
    decided = allocate(pair, *situation[1:])
    first, second = (sum(share.shards for share in each.placement.shares) for each in decided)
    assert decided[0].request.job.uid == "twin"
    assert first or not second
    if pair[0].deadline is None:  # else what is left may do the later one late, where the earlier could wait for time
        assert first >= second


@invariant
def a_pool_that_becomes_freer_or_cheaper_loses_nothing_to_one_of_lower_preference(situation, turns):
    request = situation.requests[0]
    fixed = situation.policy.model_copy(update={"rules": ()})
    still = situation._replace(policy=fixed, facts=situation.facts.model_copy(update={"jobs": {}}))
    before = route(request, *still[1:])
    for pool, more, price in product(situation.inventory.pools, (0, 1, 20), ("0", "0.1", "0.5")):
        after = route(request, *_improved(still, pool.name, more, price)[1:])
        assert _shards(after, pool.name) >= _shards(before, pool.name)


def _improved(situation: Situation, name: str, more: int, price: str) -> Situation:
    """The same, where one pool has more free GPUs, and a price that is known and no higher."""
    pools = []
    for pool in situation.inventory.pools:
        fixed = pool.price_per_gpu_hour
        cheaper = fixed if fixed is None or fixed <= type(fixed)(price) else type(fixed)(price)
        pools.append(pool.model_copy(update={"price_per_gpu_hour": cheaper}) if pool.name == name else pool)
    known = situation.facts.pools.get(name)
    if known is None:
        return situation._replace(inventory=situation.inventory.model_copy(update={"pools": tuple(pools)}))
    quote = known.quote
    freer = known.model_copy(
        update={
            "free_gpus": None if known.free_gpus is None else known.free_gpus + more,
            "reserved_gpus": max(known.reserved_gpus - more, 0),
            "quote": quote and quote.model_copy(update={"price": min(quote.price, type(quote.price)(price))}),
        }
    )
    facts = situation.facts.model_copy(update={"pools": situation.facts.pools | {name: freer}})
    return situation._replace(inventory=situation.inventory.model_copy(update={"pools": tuple(pools)}), facts=facts)


def _shards(placement, name):
    return sum(share.shards for share in placement.shares if share.pool == name)
