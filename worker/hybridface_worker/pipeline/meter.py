"""Measures the resources that work takes, chunk by chunk."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hybridface_worker.contract.manifest import Calls, ModelStage, Usage
from hybridface_worker.inference.busy import Busy


class Meter:
    """Counts calls of models and halved batches, and measures the time a device is busy. Thread-safe."""

    def __init__(self, device: str = "cpu", busy: Busy | None = None, *, is_gpu: bool = False) -> None:
        """`busy`: the one that sessions were opened with; its clock is used. Without it the device is never busy."""
        self._device = device
        self._is_gpu = is_gpu
        self._busy = busy or Busy()
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, int]] = Counter()
        self._halvings = 0
        self._since, self._busy_since = self._busy.reading()

    def called(self, stage: ModelStage, size: int) -> None:
        """A model was called with so many pictures."""
        with self._lock:
            self._calls[stage, size] += 1

    def halved(self) -> None:
        """Memory ran out, and the batch was halved."""
        with self._lock:
            self._halvings += 1

    def lap(self) -> Usage:
        """The usage since the last lap, or since the meter was made."""
        with self._lock:
            now, busy = self._busy.reading()
            elapsed = now - self._since
            usage = Usage(
                devices=(self._device,),
                elapsed=round(elapsed * 1000, 3),
                device_busy=round((busy - self._busy_since) * 1000, 3),
                gpu_seconds=round(elapsed, 6) if self._is_gpu else 0,
                calls=_listed(self._calls),
                halvings=self._halvings,
                peak_memory=peak_memory_bytes(),
            )
            self._since, self._busy_since = now, busy
            self._calls, self._halvings = Counter(), 0
            return usage


def total_usage(usages: Iterable[Usage]) -> Usage:
    """The sum; of peaks the maximum."""
    usages = list(usages)
    calls: Counter[tuple[str, int]] = Counter()
    for usage in usages:
        calls.update({(each.stage, each.size): each.count for each in usage.calls})
    return Usage(
        devices=tuple(sorted({device for usage in usages for device in usage.devices})),
        elapsed=round(sum(usage.elapsed for usage in usages), 3),
        device_busy=round(sum(usage.device_busy for usage in usages), 3),
        gpu_seconds=round(sum(usage.gpu_seconds for usage in usages), 6),
        calls=_listed(calls),
        halvings=sum(usage.halvings for usage in usages),
        peak_memory=max((usage.peak_memory for usage in usages), default=0),
    )


def peak_memory_bytes() -> int:
    """Peak resident memory of this process (VmHWM, proc_pid_status(5)); 0 where the system has none."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _listed(calls: Counter[tuple[str, int]]) -> tuple[Calls, ...]:
    return tuple(Calls(stage=stage, size=size, count=calls[stage, size]) for stage, size in sorted(calls))
