"""Parts of the installation that are left out of some: who needs one asks first, and names it. Imports none of them."""

from __future__ import annotations

from importlib.util import find_spec

EXTRAS = {
    "operator": ("typer", "rich", "yaml", "aiohttp", "consul", "kubernetes"),
    "worker": ("numpy", "av", "cv2", "PIL"),
    "cpu": ("onnxruntime",),
}
"""What each extra brings along. `gpu` brings onnxruntime too."""


def missing_extras(extras: tuple[str, ...]) -> str:
    """What to install so that those extras are there; empty where they are."""
    absent = [extra for extra in extras if any(find_spec(module) is None for module in EXTRAS[extra])]
    if not absent:
        return ""
    return (
        f"this command needs the {' and '.join(absent)} extra{'s' if len(absent) > 1 else ''}: "
        f"pip install 'hybridface[{','.join(extras)}]'"
    )
