"""Values that fit a JSON schema, in so far as tools have such schemas: what a `TestModel` calls tools with. Pure."""

import string
from datetime import UTC, date, datetime, timedelta
from typing import Any

_LETTERS = string.ascii_letters + string.digits + string.punctuation
_DEPTH_LIMIT = 4
"""References inside references after which lists stay empty and what may be null is null: schemas can be recursive."""


class ValueGenerator:
    """Makes values of one schema; a seed picks among those that fit."""

    def __init__(self, schema: dict[str, Any], seed: int) -> None:
        self._schema = schema
        self._definitions: dict[str, Any] = schema.get("$defs", {})
        self._seed = seed
        self._depth = 0

    def generate(self) -> Any:
        """A value.

        Raises:
            NotImplementedError: the schema has a type that JSON does not have.
        """
        return self._value(self._schema)

    def _value(self, schema: dict[str, Any]) -> Any:
        if "const" in schema:
            return schema["const"]
        for choices in ("enum", "examples"):
            if schema.get(choices):
                return schema[choices][self._seed % len(schema[choices])]
        if "$ref" in schema:
            return self._referred(schema["$ref"])
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            return self._value(self._option(options))
        return self._typed(schema)

    def _referred(self, reference: str) -> Any:
        self._depth += 1
        value = self._value(self._definitions[reference.rpartition("/")[2]])
        self._depth -= 1
        return value

    def _option(self, options: list[dict[str, Any]]) -> dict[str, Any]:
        if self._depth > _DEPTH_LIMIT and {"type": "null"} in options:
            return {"type": "null"}
        return options[self._seed % len(options)]

    def _typed(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type", "string")
        if isinstance(kind, list):
            kind = kind[self._seed % len(kind)]
        match kind:
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case "string":
                return self._string(schema)
            case "integer":
                return self._number(schema)
            case "number":
                return float(self._number(schema))
            case "boolean":
                return self._seed % 2 == 1
            case "null":
                return None
            case _:
                raise NotImplementedError(f"TestModel knows no values of the type {kind!r}")

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The required keys, and one more if any other is allowed by a schema."""
        required = set(schema.get("required", ()))
        properties = schema.get("properties", {})
        value = {key: self._value(inner) for key, inner in properties.items() if key in required}
        additional = schema.get("additionalProperties")
        if additional:
            key = "additionalProperty"
            while key in value:
                key += "_"
            value[key] = self._value(additional if isinstance(additional, dict) else {})
        return value

    def _array(self, schema: dict[str, Any]) -> list[Any]:
        """The prefix, then as many items as there have to be, but one if there may be any."""
        value: list[Any] = []
        for inner in schema.get("prefixItems", ()):
            self._append(value, inner, schema)
        items = schema.get("items")
        inner = items if isinstance(items, dict) else {}
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", len(value) + 1)
        if not least and items and self._depth <= _DEPTH_LIMIT:
            least = min(len(value) + 1, most)
        while len(value) < least:
            self._append(value, inner, schema)
        return value

    def _append(self, value: list[Any], inner: dict[str, Any], schema: dict[str, Any]) -> None:
        value.append(self._value(inner))
        if schema.get("uniqueItems"):
            self._seed += 1

    def _string(self, schema: dict[str, Any]) -> str:
        least, most = schema.get("minLength"), schema.get("maxLength")
        if least is None and most is None:
            return self._formatted(schema.get("format")) or self._letters()
        if most == 0:
            return ""
        text = self._letters() if least is None else self._letters() * least
        return text if most is None else text[:most]

    def _formatted(self, text_format: str | None) -> str | None:
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=self._seed)
        match text_format:
            case "date":
                return date.isoformat(moment.date())
            case "date-time":
                return moment.isoformat()
            case "time":
                return moment.time().isoformat()
            case "uuid":
                return f"00000000-0000-4000-8000-{self._seed % 16**12:012x}"
            case _:
                return None

    def _letters(self) -> str:
        """One sign for a small seed, more for a larger one, as the columns of a spreadsheet are named."""
        letters = ""
        rest = self._seed // len(_LETTERS)
        while rest > 0:
            letters += _LETTERS[(rest - 1) % len(_LETTERS)]
            rest //= len(_LETTERS)
        return letters + _LETTERS[self._seed % len(_LETTERS)]

    def _number(self, schema: dict[str, Any]) -> Any:
        """Counts up from the lower bound, or down from the upper one; between two it goes round."""
        least, most = schema.get("minimum"), schema.get("maximum")
        if schema.get("exclusiveMinimum") is not None:
            least = schema["exclusiveMinimum"] + 1
        if schema.get("exclusiveMaximum") is not None:
            most = schema["exclusiveMaximum"] - 1
        if least is not None and most is not None:
            return least + self._seed % (most - least) if most > least else least
        if least is not None:
            return least + self._seed
        return self._seed if most is None else most - self._seed
