"""A tool's schema in the words that Gemini has for one. Pure.

Source: ai.google.dev/api/generate-content, "responseJsonSchema", which lists what of JSON schema is known there.
"""

from typing import Any

from tui.agent.given_schema import with_each_schema

_KNOWN = frozenset(
    {"$defs", "$ref", "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"}
    | {"minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required"}
)


def gemini_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what Gemini does not know, said in other words where there are some."""
    return with_each_schema(schema, _changed)


def _changed(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:  # nothing may stand beside it
        reference = str(schema["$ref"]).replace("#/definitions/", "#/$defs/")
        return {"$ref": reference, **({"$defs": schema["$defs"]} if "$defs" in schema else {})}
    known = {name: value for name, value in schema.items() if name in _KNOWN}
    if "definitions" in schema:
        known["$defs"] = {**schema["definitions"], **schema.get("$defs", {})}
    if "const" in schema:
        known["enum"] = [schema["const"]]
    for name, bound, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        if isinstance(schema.get(name), int) and schema.get("type") == "integer":
            known.setdefault(bound, schema[name] + step)
    return _with_parts(known, schema["allOf"]) if "allOf" in schema else known


def _with_parts(known: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What is known with what all of its parts say besides; there may be thousands."""
    properties = dict(known.pop("properties", {}))
    for part in parts:
        for name, value in part.items():
            known.setdefault(name, value)
        for name, value in known.pop("properties", {}).items():
            properties.setdefault(name, value)
    return {**known, "properties": properties} if properties else known
