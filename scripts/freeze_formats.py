"""Freezes what operator and workers of this release tell each other, in tests/data/released/<version>/.

That is its golden files, every field of its models, and what pods are given and end with. Every later release has to
understand it: tests/unit/contract/test_released.py. Run before a release is made; what was released is never written
again.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from hybridface_worker import __version__
from hybridface_worker.contract.document import Part
from hybridface_worker.contract.exit_codes import ExitCode
from write_formats import EXAMPLES, GOLDEN, ROOT, models

RELEASED = ROOT / "tests/data/released"
DOCUMENTS = "documents"
"""The folder of the golden files."""
MODELS = "models.json"
"""The model of each golden file, and the fields of every model."""
PODS = "pods.json"
"""What each container of the golden Jobs is given, and the exit codes."""
JOBS = ROOT / "tests/data/manifests"
_NOT_KEPT = ("title", "description", "discriminator")

Fields = dict[str, dict[str, Any]]
"""JSON Schema of each field by its name, with `required` where it is."""


def fields(model: type[Part]) -> Fields:
    """The fields of the model: enumerations in place, other models by name, nothing that is for people."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(each) for each in value]
        if not isinstance(value, dict):
            return value
        rest = {key: plain(each) for key, each in value.items() if key not in (*_NOT_KEPT, "$ref")}
        if "$ref" not in value:
            return rest
        name = value["$ref"].rpartition("/")[2]
        return rest | (plain(definitions[name]) if "enum" in definitions[name] else {"model": name})

    required = schema.get("required", ())
    return {
        name: plain(field) | ({"required": True} if name in required else {})
        for name, field in schema["properties"].items()
    }


def containers() -> dict[str, dict[str, Any]]:
    """What each container of the golden Jobs is given: command, environment, folders."""
    found = {}
    for file in sorted(JOBS.glob("job-*.yaml")):
        pod = yaml.safe_load(file.read_text())["spec"]["template"]["spec"]
        for each in (*pod.get("initContainers", ()), *pod["containers"]):
            found[f"{file.stem}/{each['name']}"] = {
                "command": [*each["command"], *each["args"]],
                "environment": {one["name"]: one.get("value") for one in each["env"]},
                "folders": [one["mountPath"] for one in each["volumeMounts"]],
            }
    return found


def freeze(folder: Path) -> None:
    """Writes the folder anew: a field is a line."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(GOLDEN, folder / DOCUMENTS)
    parts: dict[str, dict[str, Any]] = {
        "documents": {name: model.__name__ for name, model in EXAMPLES.items()},
        **{name: fields(model) for name, model in models().items()},
    }
    lines = [
        f"{json.dumps(name)}: {{\n"
        + ",\n".join(f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in part.items())
        for name, part in parts.items()
    ]
    pods = {"exitCodes": {code.name: int(code) for code in ExitCode}, "containers": containers()}
    (folder / PODS).write_text(json.dumps(pods, indent=1) + "\n")
    (folder / MODELS).write_text("{\n" + "\n},\n".join(lines) + "\n}\n}\n")


def is_released(version: str) -> bool:
    """Whether the CHANGELOG has a section of that version."""
    return f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def main() -> None:
    """Freezes this version, unless it was released."""
    if is_released(__version__):
        sys.exit(f"{__version__} was released: what it writes is frozen for good")
    freeze(RELEASED / __version__)


if __name__ == "__main__":
    main()
