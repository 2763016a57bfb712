"""What a job costs the API server does not grow with its chunks."""

from __future__ import annotations

import asyncio

from hybridface_operator.kube.api import Kind
from support.lives import life

RANGES = 10
STEPS_OF_PROGRESS = 20
"""A status is written for each five percent at most."""


def test_jobs_with_as_many_attempts_cost_as_much_whatever_their_chunks():
    few, few_attempts, few_chunks = asyncio.run(life(64 * RANGES, speed=2))
    many, many_attempts, many_chunks = asyncio.run(life(64 * RANGES, sources=32, speed=64))
    assert (few_chunks, many_chunks) == (RANGES, 32 * RANGES)
    assert few_attempts == many_attempts
    status = ("patch", Kind.FACE_SWAP_JOB.value.kind)
    assert abs(few[status] - many[status]) <= STEPS_OF_PROGRESS
    assert {key: each for key, each in few.items() if key != status} == {
        key: each for key, each in many.items() if key != status
    }


def test_a_job_of_a_thousand_chunks_on_a_few_gpus_costs_little():
    counted, attempts, chunks = asyncio.run(life(64 * 1000, speed=100))
    assert chunks == 1000
    assert attempts <= 20
    assert sum(counted.values()) <= 4 * attempts + 4 * STEPS_OF_PROGRESS
