"""Every stage at once, on stand-ins: what a job says, to look for one person and paint them with all that there is."""

from __future__ import annotations

from typing import Any

from hybridface_worker.contract.manifest import ChunkManifest

from .runs import portrait

MODELS = {
    "detector": "standin-scrfd",
    "recogniser": "standin-arcface",
    "swapper": "standin-inswapper",
    "restorer": "standin-gfpgan",
    "occluder": "standin-xseg",
}
BLEND = {"ratio": "1.0", "mask": ["box", "region", "occlusion"], "pixelBoost": 256, "smoothing": 3}


def everything() -> dict[str, Any]:
    """Parts of a spec. The person of the test clips is the one to look for, and the one that is swapped in."""
    reference = {"select": "reference", "reference": {"uri": portrait().as_uri()}, "minSimilarity": "0.4"}
    return {"faces": reference, "models": MODELS, "blend": BLEND}


def stages(chunk: ChunkManifest) -> set[str]:
    """Those whose model was asked in the chunk."""
    return {calls.stage for calls in chunk.usage.calls}


STAGES = {"detect", "recognise", "occlude", "swap", "restore"}
