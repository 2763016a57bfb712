"""`python -m hybridface_worker` is `hybridface-worker`."""

from __future__ import annotations

import sys

from hybridface_worker.cli import main

sys.exit(main())
