"""A type of result by a JSON schema: what the model is told of it, and the answer held to it. Knows no run, no model.

The schema becomes pydantic's own checks (`json_checks`), so that a wrong answer is told to the model as any other one.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Literal

import pydantic
from pydantic_core import CoreSchema, ErrorDetails

from tui.agent.definitions import ObjectJsonSchema
from tui.agent.exceptions import ModelRetry
from tui.agent.given_schema import given_schema
from tui.agent.json_checks import checks_of

__all__ = ["WANTED", "JsonType", "json_type", "problems_in_words"]

_MOST_PROBLEMS = 3
_MOST_STARTS = 100
"""So many brackets of a text are tried as the beginning of a value; each of nothing but brackets costs 0.1 ms."""
_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_BESIDE_PROPERTIES = frozenset({"enum", "const", "anyOf", "oneOf", "allOf", "$ref"})
"""Keywords for which arguments by name are not all that there is to say."""
WANTED = "Answer with one JSON value that fits this JSON schema, and with nothing else:"
"""What a model is told that gives its answer as a text; the schema follows."""


class JsonType:
    """Base of the types that `json_type` makes. A value is what JSON has: dicts, lists, texts, numbers and so on.

    Attributes:
        schema: as it was given.
        sent: the schema of the arguments by which a model gives a value.
        key: of the argument that holds the value; None when the arguments as a whole are it.
        core: the checks.
    """

    schema: ClassVar[Mapping[str, Any]]
    sent: ClassVar[ObjectJsonSchema]
    key: ClassVar[Literal["response"] | None]
    core: ClassVar[CoreSchema]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        return cls.core

    @classmethod
    def check_json(cls, text: str) -> Any:
        """The value that a JSON text holds.

        Raises:
            pydantic.ValidationError: it is no JSON, or does not fit.
        """
        return pydantic.TypeAdapter(cls).validate_json(text)

    @classmethod
    def find_in(cls, text: str) -> Any:
        """The value that a model has written, be it in a code block or among words.

        Raises:
            ModelRetry: there is none, or it does not fit.
        """
        problem = "There is no JSON value in the text."
        for candidate in _candidates(text):
            try:
                return cls.check_json(candidate)
            except pydantic.ValidationError as error:
                errors = error.errors(include_url=False)
                problem = problem if errors[0]["type"] == "json_invalid" else problems_in_words(errors)
        written = json.dumps(cls.schema, ensure_ascii=False)
        raise ModelRetry(f"{problem}\n\n{WANTED}\n\n{written}")


def problems_in_words(errors: Sequence[ErrorDetails]) -> str:
    """Pydantic's errors in a line, such as "age: Input should be a valid integer"; of many the first ones."""
    lines = []
    for error in errors[:_MOST_PROBLEMS]:
        place = ".".join(str(step) for step in error["loc"] if step != "response")
        lines.append(f"{place}: {error['msg']}" if place else error["msg"])
    more = [f"and {len(errors) - _MOST_PROBLEMS} more"] if len(errors) > _MOST_PROBLEMS else []
    return " ".join("; ".join([*lines, *more]).split())


def _candidates(text: str) -> Iterator[str]:
    """What of a text may be the JSON, the likeliest first."""
    blocks = [match[1] for match in _FENCED.finditer(text)]
    yield blocks[-1] if blocks else text.strip()
    for start in islice(re.finditer(r"[\[{]", text), _MOST_STARTS):
        try:
            _, end = json.JSONDecoder().raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        yield text[start.start() : end]
        return


def json_type(json_schema: Mapping[str, Any]) -> type[JsonType]:
    """A type for `result_type` whose values are those that a JSON schema allows.

    What `additionalProperties` does not forbid is kept. A reference may only lead into the schema itself.

    Raises:
        UserError: it is no schema, or has something in it that cannot be checked; the message says where.
    """
    core = checks_of(json_schema)
    sent, key = _sent(dict(json_schema))
    members: dict[str, Any] = {"schema": json_schema, "core": core, "sent": sent, "key": key}
    return type("JsonValue", (JsonType,), members)


def _sent(schema: dict[str, Any]) -> tuple[ObjectJsonSchema, Literal["response"] | None]:
    """What a model is told, and the argument that holds the value where the arguments themselves cannot be it."""
    given = given_schema(schema)
    plain = schema.get("type") == "object" and schema.get("properties") and not _BESIDE_PROPERTIES & {*schema}
    if plain and not given.names:
        described = {"description": given.description} if given.description else {}
        return given.json_schema | described, None
    kept = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    inner = {name: value for name, value in schema.items() if name not in kept}
    wrapped: dict[str, Any] = {"type": "object", "properties": {"response": _moved(inner)}, "required": ["response"]}
    wrapped |= {name: _moved(value) for name, value in kept.items()}
    return given_schema(wrapped).json_schema, "response"


def _moved(schema: Any) -> Any:
    """A schema that stands in the property `response` now; its references to what is not a definition follow."""
    if isinstance(schema, list):
        return [_moved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {name: _moved(value) for name, value in schema.items()}
    reference = moved.get("$ref")
    if (
        isinstance(reference, str)
        and reference.startswith("#")
        and not reference.startswith(("#/$defs/", "#/definitions/"))
    ):
        moved["$ref"] = f"#/properties/response{reference[1:]}"
    return moved
