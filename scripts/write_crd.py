"""Rewrites crds/faceswapjobs.hybridface.dev.yaml from the models of FaceSwapJob, and the chart's copy of it."""

from __future__ import annotations

from pathlib import Path

import yaml

from hybridface_operator.crd import document

ROOT = Path(__file__).resolve().parents[1]
PATH = ROOT / "crds/faceswapjobs.hybridface.dev.yaml"
COPY = ROOT / "helm/hybridface/files/crds/faceswapjobs.hybridface.dev.yaml"
"""A chart holds no links."""
_HEAD = "# Written by scripts/write_crd.py from the models in operator/hybridface_operator/spec: change those.\n"


def text() -> str:
    """The file as it is to be."""
    return _HEAD + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)


def main() -> None:
    """Rewrites the files in place."""
    for path in (PATH, COPY):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text())


if __name__ == "__main__":
    main()
