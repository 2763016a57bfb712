"""What the environment says to a worker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.settings import WorkerSettings

NUMBERS = [
    "HYBRIDFACE_THREADS",
    "HYBRIDFACE_BATCH",
    "HYBRIDFACE_STALL_SECONDS",
    "HYBRIDFACE_MODEL_MEMORY_MIB",
]
ALL = [
    *NUMBERS,
    *(f"HYBRIDFACE_{name}" for name in ("WORKER_NAME", "SCRATCH", "DEVICE", "CUDA_GRAPHS", "ENGINES", "MODEL_CACHE")),
]


def test_a_variable_that_is_empty_is_not_set():
    assert WorkerSettings.from_env(dict.fromkeys(ALL, "")) == WorkerSettings.from_env({})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["0", "-1", "2.5", "many", "\u0663"])
def test_what_is_no_number_above_0_is_refused_by_name(name, text):
    with pytest.raises(TaskError, match=f"{name}=.*give a whole number of at least 1"):
        WorkerSettings.from_env({name: text})


@pytest.mark.parametrize("text", ["a/b", "..", "-x", "two words", "x" * 254, "\u00e9"])
def test_a_worker_s_name_that_is_no_segment_of_a_key_is_refused(text):
    with pytest.raises(TaskError, match=r"HYBRIDFACE_WORKER_NAME=.*give at most 253 letters"):
        WorkerSettings.from_env({"HYBRIDFACE_WORKER_NAME": text})


def test_a_pod_s_name_is_a_worker_s_name():
    name = "spring-campaign-1-swap-0-x7k2p.example"
    assert WorkerSettings.from_env({"HYBRIDFACE_WORKER_NAME": name}).name == name


@pytest.mark.parametrize(("text", "on"), [("1", True), ("0", False)])
def test_graphs_are_switched_on_and_off(text, on):
    plain = WorkerSettings.from_env({})
    assert WorkerSettings.from_env({"HYBRIDFACE_CUDA_GRAPHS": text}) == replace(plain, cuda_graphs=on)


@pytest.mark.parametrize("text", ["true", "yes", "on", "2"])
def test_a_switch_that_says_neither_is_not_taken_for_off(text):
    with pytest.raises(TaskError, match="HYBRIDFACE_CUDA_GRAPHS"):
        WorkerSettings.from_env({"HYBRIDFACE_CUDA_GRAPHS": text})


def test_a_device_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(TaskError, match="auto, cpu, cuda, tensorrt"):
        WorkerSettings.from_env({"HYBRIDFACE_DEVICE": "tpu"})
