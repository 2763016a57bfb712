"""What Prometheus reads of the work itself."""

from __future__ import annotations

from hybridface_operator.rounds.metrics import Metrics
from support.worked import CHUNK


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(f"hybridface_{name}", labels)


def test_a_committed_chunk_says_what_it_took_of_which_pool():
    metrics = Metrics()
    metrics.worked("aws-spot", CHUNK)
    metrics.worked("aws-spot", CHUNK)
    peaks = {
        float(sample.labels["le"]): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "hybridface_worker_peak_memory_bytes_bucket"
    }
    assert value(metrics, "stage_seconds_total", stage="swap") == 5
    assert value(metrics, "worker_seconds_total", pool="aws-spot") == 8
    assert value(metrics, "device_busy_seconds_total", pool="aws-spot") == 6
    assert value(metrics, "batch_halvings_total", pool="aws-spot") == 2
    assert (peaks[2**29], peaks[2**30]) == (0, 2)
