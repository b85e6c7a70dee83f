"""What a model is told about a tool. Knows no function and no run."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["DocstringFormat", "ObjectJsonSchema", "ToolDefinition"]

DocstringFormat: TypeAlias = Literal["google", "numpy", "sphinx", "auto"]
"""How a docstring is written; "auto" looks for the marks of each."""

ObjectJsonSchema: TypeAlias = dict[str, Any]
"""A JSON schema whose type is object."""


@dataclass
class ToolDefinition:
    """What a model is told about a tool.

    Attributes:
        parameters_json_schema: a JSON schema of type object.
        outer_typed_dict_key: the only key of that object, when it is just a wrapper around the value that counts.
    """

    name: str
    description: str
    parameters_json_schema: ObjectJsonSchema
    outer_typed_dict_key: str | None = None
