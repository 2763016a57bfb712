"""What the fields of models mean: the docstrings under them, read from the source where a schema is made of them.

Pydantic would read them whenever a model is imported, which is a fifth of the time that a command takes to start.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue


class Described(GenerateJsonSchema):
    """Makes a JSON Schema whose fields are described."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """See GenerateJsonSchema: one of the models that the schema is of."""
        made, model = super().model_schema(schema), schema["cls"]
        for name, said in descriptions(model).items():
            made["properties"][model.model_fields[name].alias or name]["description"] = said
        return made


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """By the field's name in Python, of those that have a docstring here or in a model that this one is made from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _below(each)
    return found


def _below(model: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    found = {}
    for field, under in pairwise(definition.body if isinstance(definition, ast.ClassDef) else ()):
        match field, under:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                found[name] = inspect.cleandoc(said)
    return found
