"""What NVIDIA's driver says of the GPU: its name, and how busy it was. Nothing where `nvidia-smi` is not there."""

from __future__ import annotations

import shutil
import subprocess
from statistics import fmean
from typing import Self

EVERY_MILLISECONDS = 200


def gpu() -> str:
    """Name, driver and memory of the first GPU; empty where there is none."""
    return _asked("name,driver_version,memory.total").partition("\n")[0]


class Utilisation:
    """While a block runs the driver is asked for the share of the time in which kernels ran."""

    share: float | None = None
    """0..1; None where the driver was not asked, or said nothing."""

    def __enter__(self) -> Self:
        self._asking = None
        if shutil.which("nvidia-smi") is not None:
            self._asking = subprocess.Popen(
                [*_query("utilization.gpu"), f"--loop-ms={EVERY_MILLISECONDS}"], stdout=subprocess.PIPE, text=True
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._asking is None:
            return
        self._asking.terminate()
        said = self._asking.communicate()[0]
        samples = [int(line) for line in said.splitlines() if line.strip().isdigit()]
        self.share = fmean(samples) / 100 if samples else None


def _asked(what: str) -> str:
    if shutil.which("nvidia-smi") is None:
        return ""
    return subprocess.run(_query(what), capture_output=True, text=True, check=False).stdout.strip()


def _query(what: str) -> list[str]:
    return ["nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader,nounits", "--id=0"]
