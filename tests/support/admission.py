"""The policy that keeps restricted pods on private nodes, as the chart writes it for a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "helm/hybridface/files/admission/restricted-pods-pinned.yaml"


def pinned_by(key: str, value: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The policy for that label of private nodes, and its binding."""
    policy, binding = yaml.safe_load_all(FILE.read_text(encoding="utf-8"))
    label = {"privateKey": key, "privateValue": value}
    for variable in policy["spec"]["variables"]:
        if variable["name"] in label:
            variable["expression"] = f"'{label[variable['name']]}'"
    return policy, binding
