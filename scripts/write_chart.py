"""Rewrites what the chart has from elsewhere: values.schema.json, and the table of values in its README."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chart_values import Values
from hybridface_operator.crd.descriptions import Described
from write_policy_schemas import plain

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "helm" / "hybridface"
_BEGIN, _END = "<!-- values: written by scripts/write_chart.py from values.yaml -->\n", "<!-- end of values -->\n"


@dataclass(frozen=True)
class Row:
    """One value of values.yaml."""

    path: str
    comment: str
    """What stands above it; empty where nothing does."""
    default: str
    """As JSON; empty for a mapping whose fields have comments of their own."""


def rows() -> list[Row]:
    """Every value, in the file's order; a mapping with a comment whose fields have none is one value."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    return list(_rows(yaml.compose(text), text.splitlines(), ""))


def schema_text() -> str:
    """values.schema.json as it is to be. Editors and Helm read the draft that it names."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Values of the chart hybridface"}
    return (
        json.dumps(head | plain(Values.model_json_schema(schema_generator=Described)), indent=1, ensure_ascii=False)
        + "\n"
    )


def readme_text() -> str:
    """README.md as it is to be: the table anew, all else as it is."""
    before, _, rest = (CHART / "README.md").read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    lines = [
        f"| `{row.path}` | {_cell(row.comment)} | {f'`{_cell(row.default)}`' if row.default else ''} |"
        for row in rows()
    ]
    return before + _BEGIN + "\n".join(["", "| value | means | default |", "|---|---|---|", *lines, "", _END]) + after


def files() -> dict[Path, str]:
    """Everything that is written, by its place."""
    return {CHART / "values.schema.json": schema_text(), CHART / "README.md": readme_text()}


def _rows(node: Any, lines: list[str], above: str) -> Iterator[Row]:
    for key, value in node.value:
        path = f"{above}.{key.value}" if above else key.value
        inner = list(_rows(value, lines, path)) if isinstance(value, yaml.MappingNode) and not value.flow_style else []
        comment = _comment(lines, key.start_mark.line)
        is_whole = not any(row.comment for row in inner)
        if comment or not inner:
            yield Row(path, comment, json.dumps(_plain_value(value), ensure_ascii=False) if is_whole else "")
        if not (comment and is_whole):
            yield from inner


def _comment(lines: list[str], line: int) -> str:
    found: list[str] = []
    while line and lines[line - 1].lstrip().startswith("# "):
        line -= 1
        found.insert(0, lines[line].strip().removeprefix("# "))
    return " ".join(found)


def _plain_value(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Rewrites the files in place."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
