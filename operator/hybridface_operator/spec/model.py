"""The base of the specification's models, and how rules between fields are checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

RULES = "broken_rules"
"""The type of the error that carries broken rules; its context has them under this name too."""


class SpecModel(BaseModel):
    """Immutable, no unknown fields, camelCase outside. A field's docstring is its description in the schema.

    Strings are never made into numbers or booleans, nor the other way round: the API server would not do it either.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_unset(cls, data: Any) -> Any:
        """As the API server sees it: a known field that is null was not given."""
        if not isinstance(data, dict):
            return data
        known = {field.alias for field in cls.model_fields.values()}
        return {key: value for key, value in data.items() if value is not None or key not in known}


def refuse_broken(rules: Iterable[tuple[str, str]]) -> None:
    """Raises one error that carries every broken rule: the path below the model or list at hand, and the message."""
    broken = list(rules)
    if broken:
        text = "; ".join(f"{path}: {message}" for path, message in broken)
        raise PydanticCustomError(RULES, "{text}", {"text": text, RULES: broken})


def refuse_repeated(values: Iterable[tuple[str, str]], what: str) -> None:
    """Raises where a value comes twice. `values` are paths and values, `what` is what must differ, in the plural."""
    first: dict[str, str] = {}
    broken = []
    for path, value in values:
        if value in first:
            broken.append((path, f'"{value}" is also at {first[value]}; {what} must differ'))
        first.setdefault(value, path)
    refuse_broken(broken)
