"""The base of every stored or exchanged document: frozen, closed, versioned, with one canonical encoding."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError
from pydantic.alias_generators import to_camel


class DocumentError(ValueError):
    """A document that cannot be read. `where` names it, each problem names its field."""

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__(f"{where}: " + "; ".join(self.problems))


class Part(BaseModel):
    """A piece of a document: immutable, no unknown fields, camelCase outside, snake_case inside."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, arbitrary_types_allowed=True
    )


class Document(Part):
    """A whole document. `version` is bumped only by a change that an older reader would get wrong."""

    version: Literal[1] = 1

    def to_bytes(self) -> bytes:
        """The canonical encoding: UTF-8 JSON, fields in the model's order, nothing that is null, one final newline."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode() + b"\n"

    def digest(self) -> str:
        """The digest of the canonical encoding, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes | str, where: str) -> Self:
        """Reads a document; `where` is the name for the error.

        Raises:
            DocumentError: not JSON, of another version, or of the wrong schema.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise DocumentError(where, problems(error)) from None


def problems(error: ValidationError) -> list[str]:
    """One line for each problem that pydantic found: the path of the field, then what is wrong with it."""
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        path = ".".join(str(part) for part in item["loc"]) or "document"
        lines.append(f"{path}: {item['msg']}")
    return lines


def _fraction(value: Any) -> Any:
    return Fraction(value) if isinstance(value, str | int) else value


Rational = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}", return_type=str, when_used="always"),
]
"""A fraction of integers, written as `"30000/1001"`."""
