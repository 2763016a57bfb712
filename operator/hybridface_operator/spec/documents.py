"""YAML and JSON texts as plain values with line numbers. Knows no schema, opens no file.

Only what JSON can say is read: no tags, no dates, no binary, no repeated keys. Anchors may be used within bounds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from .problems import Location, Problem, SpecError

MAX_NODES = 100_000
"""Values in a text, each counted as often as aliases repeat it."""
MAX_DEPTH = 32

_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Text:
    """One document of a text."""

    value: Any
    lines: dict[Location, int] = field(default_factory=dict)
    """Where each value begins, counted from 1; empty for JSON."""

    def line(self, location: Location) -> int | None:
        """The line of what is there, or of the nearest thing around it."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return None


def read_text(text: str, file: str) -> list[Text]:
    """The documents of a text; empty ones are left out.

    Raises:
        SpecError: neither YAML nor JSON, or more than a manifest needs.
    """
    if text.lstrip().startswith(("{", "[")):
        try:
            return [Text(json.loads(text, object_pairs_hook=_once_each))]
        except _RepeatedKeyError as error:
            raise SpecError([Problem(str(error), file=file)]) from None
        except (ValueError, RecursionError):
            pass  # flow style YAML begins alike, and the message for it is as good
    try:
        return [document for node in _nodes(text) if (document := _Reader(file).read(node)).value is not None]
    except yaml.MarkedYAMLError as error:
        raise SpecError([_syntax(error, file)]) from None
    except yaml.reader.ReaderError as error:
        where = text.count("\n", 0, error.position) + 1
        character = f"U+{ord(text[error.position]):04X}"
        raise SpecError([Problem(f"the character {character} is not allowed", file=file, line=where)]) from None
    except RecursionError:
        raise SpecError([Problem(f"nested deeper than {MAX_DEPTH} levels", file=file)]) from None


def read_json(text: str, file: str) -> Text:
    """The one value of a text that is JSON and nothing else.

    Raises:
        SpecError: not JSON, a key comes twice, or a number that JSON does not know.
    """
    try:
        return Text(json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number))
    except json.JSONDecodeError as error:
        raise SpecError([Problem(f"not JSON: {error.msg}", file=file, line=error.lineno)]) from None
    except RecursionError:
        raise SpecError([Problem(f"nested deeper than {MAX_DEPTH} levels", file=file)]) from None
    except ValueError as error:
        raise SpecError([Problem(str(error), file=file)]) from None


def is_deep(value: Any) -> bool:
    """Whether a value is nested deeper than `MAX_DEPTH` levels."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
    return bool(level)


def _no_number(constant: str) -> Any:
    raise ValueError(f"not JSON: {constant} is no number")


class _RepeatedKeyError(ValueError):
    """A key that a JSON object has twice."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _RepeatedKeyError(f'the key "{key}" comes twice in one object')
        seen[key] = value
    return seen


def _nodes(text: str) -> Iterator[yaml.Node]:
    loader = yaml.SafeLoader(text)
    try:
        while (node := loader.get_node() if loader.check_node() else None) is not None:
            yield node
    finally:
        loader.dispose()


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    if mark and "\\t" in str(error.problem):
        return Problem("a tab; YAML is indented with spaces", file=file, line=line)
    return Problem(f"not YAML: {error.problem or error.context}", file=file, line=line)


class _Reader:
    """Turns one document's nodes into values, and notes where they are."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._lines: dict[Location, int] = {}
        self._count = 0

    def read(self, node: yaml.Node) -> Text:
        self._lines[()] = node.start_mark.line + 1
        return Text(self._value(node, ()), self._lines)

    def _value(self, node: yaml.Node, location: Location) -> Any:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._error(node, f"more than {MAX_NODES} values, with those that aliases repeat", ())
        if len(location) > MAX_DEPTH:
            raise self._error(node, f"nested deeper than {MAX_DEPTH} levels", location[:3])
        self._lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*location, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, location)
        raise TypeError(type(node).__name__)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, location)
            if key in values:
                raise self._error(key_node, f'the key "{key}" comes twice', location)
            self._lines.setdefault((*location, key), key_node.start_mark.line + 1)
            values[key] = self._value(value_node, (*location, key))
        return values

    def _key(self, node: yaml.Node, location: Location) -> str:
        if node.tag == f"{_CORE}merge":
            raise self._error(node, "the merge key << is not read; repeat the fields", location)
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_CORE}str":
            text = node.value if isinstance(node, yaml.ScalarNode) else "a list or mapping"
            raise self._error(node, f"{text} stands as a key; keys are strings", location)
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode, location: Location) -> Any:
        constructor = SafeConstructor()
        text = node.value
        match node.tag.removeprefix(_CORE):
            case "str" | "timestamp":
                return text
            case "null":
                return None
            case "bool":
                return constructor.construct_yaml_bool(node)
            case "int" | "float" as kind:
                try:
                    return getattr(constructor, f"construct_yaml_{kind}")(node)
                except ValueError:
                    raise self._error(node, f"{text[:20]} is no number", location) from None
        raise self._error(node, f"the tag {node.tag} is not read", location)

    def _error(self, node: yaml.Node, message: str, location: Location) -> SpecError:
        return SpecError([Problem(message, location, self._file, node.start_mark.line + 1)])
