"""What `docs/guides/gitops.md` tells people to set: the health check of Argo CD, the expressions of Flux."""

from __future__ import annotations

from typing import Any

import yaml

from support.pages import ROOT, blocks

PAGE = ROOT / "docs" / "guides" / "gitops.md"


def health_script() -> str:
    """The Lua of the ConfigMap."""
    script: str = _document("ConfigMap")["data"]["resource.customizations.health.hybridface.dev_FaceSwapJob"]
    return script


def health_expressions() -> dict[str, str]:
    """The CEL of the Kustomization, by what it stands for."""
    expressions: dict[str, str]
    (expressions,) = _document("Kustomization")["spec"]["healthCheckExprs"]
    assert (expressions.pop("apiVersion"), expressions.pop("kind")) == ("hybridface.dev/v1alpha1", "FaceSwapJob")
    return expressions


def _document(kind: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (
        document
        for block in blocks("yaml")
        if block.page == PAGE and (document := yaml.safe_load(block.text)).get("kind") == kind
    )
    return found
