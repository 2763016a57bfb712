"""What both pipelines use. Knows neither frames nor images."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hybridface_worker.faces.detector import Detector
from hybridface_worker.inference.device import Lanes

from .bounded import Bound
from .commit import Ledger
from .meter import Meter
from .painter import Painter
from .people import People


@dataclass(frozen=True)
class Tools:
    """Models, records, settings and callbacks of the stages."""

    detector: Detector
    painter: Painter
    ledger: Ledger
    scratch: Path
    batch: Bound
    """Of crops that are swapped in one call."""
    detecting: Lanes
    """Calls of the detector."""
    swapping: Lanes
    """Calls of the painter's models."""
    meter: Meter
    threads: int
    progress: Callable[[int], None]
    stopping: threading.Event
    people: People | None = None
    """Who is looked for; None where nobody is."""
