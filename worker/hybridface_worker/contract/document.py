"""The base of every stored or exchanged document: frozen, versioned, with one canonical encoding.

What work is done by is closed: a field that a release does not know may be one that restricts it. Reports are open.
docs/decisions/0011-unknown-is-refused.md says how documents may change from one release to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from hybridface_worker import __version__

_OF_A_NEWER_RELEASE = {"extra_forbidden", "literal_error", "enum", "union_tag_invalid"}
"""Pydantic's types of errors about a field or a word that is not known."""
_UNTOLD: set[str] = set()
"""Stands where pydantic keeps the names of the fields that were given. It stays empty: parts are frozen."""


class DocumentError(ValueError):
    """A document that cannot be read. `where` names it, each problem names its field.

    `newer` where it says something that this release does not know: whoever reads it is to be upgraded.
    """

    def __init__(self, where: str, problems: Iterable[str], *, newer: bool = False) -> None:
        self.where = where
        self.problems = tuple(problems)
        self.newer = newer
        unknown = (f"a release newer than {__version__}, which reads it, wrote that",) if newer else ()
        super().__init__(f"{where}: " + "; ".join((*self.problems, *unknown)))


class Part(BaseModel):
    """A piece of a document: immutable, no unknown fields, camelCase outside, snake_case inside.

    The docstring under a field is its description in `docs/reference/formats.md`.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
    )

    def model_post_init(self, _context: Any, /) -> None:
        """Lets go of which fields were given and which were not: nobody asks, and it would be most of a small part.

        A set of five names takes 728 bytes, and a job may have a hundred thousand of each kind of part.
        """
        object.__setattr__(self, "__pydantic_fields_set__", _UNTOLD)


class Document(Part):
    """A whole document that work is done by. When it is read, unknown fields are refused, however deep they are."""

    unknown_fields: ClassVar[Literal["forbid", "ignore"]] = "forbid"

    version: Literal[1] = 1
    """Of the document's format. Another number is refused."""

    def to_bytes(self) -> bytes:
        """The canonical encoding: UTF-8 JSON, fields in the model's order, nothing that is null, one final newline."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode() + b"\n"

    def digest(self) -> str:
        """The digest of the canonical encoding, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes | str, where: str) -> Self:
        """Reads a document; `where` is the name for the error. Nothing is converted: `"1"` is no number.

        Raises:
            DocumentError: not JSON, of another version, or of the wrong schema.
        """
        try:
            return cls.model_validate_json(data, strict=True, extra=cls.unknown_fields, by_alias=True, by_name=False)
        except ValidationError as error:
            newer = any(each["type"] in _OF_A_NEWER_RELEASE for each in error.errors(include_url=False))
            raise DocumentError(where, problems(error), newer=newer) from None


class Report(Document):
    """A document that only says what was done: nothing is done otherwise for a field of it that is not known."""

    unknown_fields = "ignore"


def problems(error: ValidationError) -> list[str]:
    """One line for each problem that pydantic found: the path of the field, then what is wrong with it."""
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        path = ".".join(str(part) for part in item["loc"]) or "document"
        lines.append(f"{path}: {item['msg']}")
    return lines
