"""Names that tie Kubernetes objects to the FaceSwapJob that they are of: who makes objects and who reads them agree."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "hybridface.dev/"

JOB: Final = f"{PREFIX}job"
"""The FaceSwapJob's name."""
UID: Final = f"{PREFIX}uid"
"""The FaceSwapJob's uid."""
ATTEMPT: Final = f"{PREFIX}attempt"
"""The attempt's number."""
PHASE: Final = f"{PREFIX}phase"
"""What the attempt does."""
POOL: Final = f"{PREFIX}pool"
"""Where."""
SENSITIVITY: Final = f"{PREFIX}sensitivity"
"""Who may see the data; admission policies read it."""
