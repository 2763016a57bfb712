"""YAML and JSON texts as plain values that know where they stand. Knows no schema, opens no file.

Only what JSON can say is read: no tags, no dates, no binary, no repeated keys. Anchors may be used within bounds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from .problems import Location, Position, Problem, SpecError

MAX_NODES = 100_000
"""Values in a text, each counted as often as aliases repeat it."""
MAX_DEPTH = 32

_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Text:
    """One document of a text."""

    value: Any
    file: str = ""
    """The file's name, as messages give it."""
    root: Callable[[], yaml.Node | None] = lambda: None
    """The value as a YAML node; None where it came from no file."""

    def position(self, location: Location) -> Position | None:
        """Where the key or list item at `location` is, or the nearest thing around it."""
        node = self.root()
        if node is None:
            return None
        found = node
        for part in location:
            children = _children(node)
            if part not in children:
                break
            found, node = children[part]
        return _position(found.start_mark)

    def placed(self, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems with file, line and column."""
        return [replace(each, file=self.file, position=self.position(each.location)) for each in problems]


def read_text(text: str, file: str) -> list[Text]:
    """The documents of a text; empty ones are left out.

    Raises:
        SpecError: neither YAML nor JSON, or more than a manifest needs.
    """
    not_json = None
    if text.lstrip().startswith(("{", "[")):
        try:
            return [Text(_json(text, file), file, cache(lambda: _json_node(text)))]
        except SpecError as error:  # YAML's flow style begins alike
            not_json = error
    try:
        return [document for node in _nodes(text) if (document := _Reader(file).read(node)).value is not None]
    except yaml.MarkedYAMLError as error:
        raise not_json or SpecError([_syntax(error, file)]) from None
    except yaml.reader.ReaderError as error:
        message = f"the character U+{ord(text[error.position]):04X} is not allowed"
        raise SpecError([Problem(message, file=file, position=end_of(text[: error.position]))]) from None
    except RecursionError:
        raise SpecError([Problem(f"nested deeper than {MAX_DEPTH} levels", file=file)]) from None


def read_json(text: str, file: str) -> Text:
    """The one value of a text that is JSON and nothing else.

    Raises:
        SpecError: not JSON, a key comes twice, or a number that JSON does not know.
    """
    return Text(_json(text, file), file)


def end_of(text: str) -> Position:
    """The position right behind a text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


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


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        where = (error.lineno, error.colno)
        raise SpecError([Problem(f"not JSON: {error.msg}", file=file, position=where)]) from None
    except RecursionError:
        raise SpecError([Problem(f"nested deeper than {MAX_DEPTH} levels", file=file)]) from None
    except ValueError as error:
        raise SpecError([Problem(str(error), file=file)]) from None


def _no_number(constant: str) -> Any:
    raise ValueError(f"not JSON: {constant} is no number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f'the key "{key}" comes twice in one object')
        seen[key] = value
    return seen


def _json_node(text: str) -> yaml.Node | None:
    """JSON as YAML reads it, which takes no tabs; None where a text is JSON alone."""
    try:
        return yaml.compose(text.replace("\t", " "), yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def _children(node: yaml.Node) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
    """By key or index: where a value is said to be, and the value."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    if isinstance(node, yaml.SequenceNode):
        return {index: (item, item) for index, item in enumerate(node.value)}
    return {}


def _position(mark: yaml.Mark) -> Position:
    return mark.line + 1, mark.column + 1


def _nodes(text: str) -> Iterator[yaml.Node]:
    loader = yaml.SafeLoader(text)
    try:
        while (node := loader.get_node() if loader.check_node() else None) is not None:
            yield node
    finally:
        loader.dispose()


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    is_tab = "\\t" in str(error.problem)
    message = "a tab; YAML is indented with spaces" if is_tab else f"not YAML: {error.problem or error.context}"
    return Problem(message, file=file, position=_position(mark) if mark else None)


class _Reader:
    """Turns one document's nodes into values."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0

    def read(self, node: yaml.Node) -> Text:
        return Text(self._value(node, ()), self._file, lambda: node)

    def _value(self, node: yaml.Node, location: Location) -> Any:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._error(node, f"more than {MAX_NODES} values, with those that aliases repeat", ())
        if len(location) > MAX_DEPTH:
            raise self._error(node, f"nested deeper than {MAX_DEPTH} levels", location[:3])
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
        return SpecError([Problem(message, location, self._file, _position(node.start_mark))])
