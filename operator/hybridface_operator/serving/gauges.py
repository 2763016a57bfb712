"""What is, told when somebody asks: jobs by phase, policy, prices, breakers, and how fresh the operator's view is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hybridface_operator.kube.clock import ServerClock
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.rounds.world import World
from hybridface_operator.routing.breakers import is_open
from hybridface_operator.spec.status import JobPhase

_PHASES = frozenset(JobPhase)


class Gauges(Collector):
    """A collector: `metrics.registry.register(Gauges(...))`."""

    def __init__(
        self,
        world: World,
        mirror: Mirror,
        *,
        leads: Callable[[], bool],
        lag_seconds: Callable[[], float],
        watch_age_seconds: Callable[[], float],
        clock: ServerClock,
    ) -> None:
        self._world = world
        self._mirror = mirror
        self._leads = leads
        self._lag_seconds = lag_seconds
        self._watch_age_seconds = watch_age_seconds
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry that asks collects, and there is nothing to be seen before the start."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All gauges, now."""
        yield _plain("leading", "1 for the operator that holds the Lease.", float(self._leads()))
        yield self._jobs()
        now = self._clock.now()
        yield from self._policy(now)
        yield from self._prices(now)
        yield self._breakers(now)
        yield _plain(
            "reconcile_lag_seconds", "Seconds for which the most overdue job has been due.", self._lag_seconds()
        )
        yield _plain(
            "watch_age_seconds",
            "Seconds since the watch that has been silent for longest was answered.",
            self._watch_age_seconds(),
        )
        yield _plain(
            "clock_offset_seconds",
            "Seconds by which the API server's clock is ahead of the operator's; 0 while they agree to 5 s.",
            self._clock.offset.total_seconds(),
        )

    def _jobs(self) -> Metric:
        jobs = _labelled("jobs", "FaceSwapJobs by phase.", "phase")
        phases = Counter(_phase(body.get("status")) for body in self._mirror.face_swap_jobs().values())
        for phase in JobPhase:
            jobs.add_metric([phase.value], phases[phase])
        return jobs

    def _policy(self, now: datetime) -> Iterator[Metric]:
        state = self._world.policy_state
        info = _labelled("policy_info", "1 for the policy in force.", "digest")
        if state.policy is not None:
            info.add_metric([state.sha256], 1)
        yield info
        age = _labelled("policy_age_seconds", "Seconds since the policy came into force; absent before the first.")
        if state.accepted_at is not None:
            age.add_metric([], (now - state.accepted_at).total_seconds())
        yield age
        yield _plain(
            "policy_refused",
            "1 while what Consul holds is refused and another policy is in force.",
            float(bool(state.refused)),
        )
        yield _plain("consul_connected", "1 while Consul answers.", float(state.connected))

    def _prices(self, now: datetime) -> Iterator[Metric]:
        prices = _labelled("price_per_gpu_hour", "Price of a pool: its last quote, or its fixed price.", "pool")
        ages = _labelled(
            "price_age_seconds", "Seconds since the last quote was observed; absent for a fixed price.", "pool"
        )
        quoted = _labelled(
            "price_quoted", "1 where a pool that is priced by quotes has one, 0 while it has none.", "pool"
        )
        offered = self._world.policy.offered
        for pool in self._world.inventory.pools:
            quote = self._world.quotes.get(pool.name)
            if pool.fixed_price is not None:
                prices.add_metric([pool.name], float(pool.fixed_price))
                continue
            if quote is not None:
                prices.add_metric([pool.name], float(quote.price))
                ages.add_metric([pool.name], (now - datetime.fromisoformat(quote.observed_at)).total_seconds())
            if pool.name in offered:
                quoted.add_metric([pool.name], float(quote is not None))
        yield prices
        yield ages
        yield quoted
        yield _plain("prices_refused", "Quotes in Consul that are refused.", len(self._world.refused_quotes))

    def _breakers(self, now: datetime) -> Metric:
        opened = _labelled("breaker_open", "1 while a pool gets no work because its pods found no node.", "pool")
        for pool in self._world.inventory.pools:
            opened.add_metric([pool.name], float(is_open(self._world.state.breakers.get(pool.name), now)))
        return opened


def _phase(status: object) -> JobPhase:
    phase = status.get("phase") if isinstance(status, dict) else None
    return JobPhase(phase) if phase in _PHASES else JobPhase.PENDING


def _labelled(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"hybridface_{name}", says, labels=labels)


def _plain(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hybridface_{name}", says, value=value)
