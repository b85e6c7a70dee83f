"""Which JSON a person wants: a file with a JSON schema, the schema itself, or its short form."""

import json
import os

from tui.bounds import json_value
from tui.chat.answer_schema.short_form import short_schema
from tui.errors import UsageError
from tui.files import expanded, is_folder, is_there, read_regular

_MOST_BYTES = 1_000_000
"""Of a schema; a model reads all of it with each request."""


def given_answer_schema(given: str) -> str:
    """The JSON schema, as JSON text, that a person has given by a file, by itself or in short.

    Raises:
        UsageError: there is no such file, it cannot be understood, or answers could not be checked by it.
    """
    if given.lstrip().startswith("{"):
        schema, where = _read(given, "The schema"), "The schema"
    elif is_there(path := expanded(given)) and not is_folder(path):
        where = f"The schema in {given}"
        schema = _read(_text(given), where)
    elif given.endswith(".json") or (os.sep in given and " " not in given):
        raise UsageError(f"There is no file {given}.", "Name a file with a JSON schema, or write it in short.")
    else:
        schema, where = short_schema(given), "The schema"
    _require_checkable(schema, where)
    return json.dumps(schema, ensure_ascii=False)


def _text(path: str) -> str:
    try:
        return read_regular(expanded(path), _MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"The schema {path} cannot be read: {error.strerror}.", "Name a file that can be.") from error
    except ValueError as error:
        raise UsageError(f"The schema in {path} is no text in UTF-8.", "Save it as UTF-8.") from error


def _read(text: str, where: str) -> dict[str, object]:
    try:
        schema = json_value(text)
    except ValueError as error:
        raise UsageError(f"{where} is no JSON: {error}.", "Correct it there.") from error
    if not isinstance(schema, dict):
        raise UsageError(f"{where} is no JSON schema.", 'It has to be an object, such as {"type": "array"}.')
    return schema


def _require_checkable(schema: dict[str, object], where: str) -> None:
    from tui.agent.exceptions import UserError
    from tui.agent.json_type import json_type

    try:
        json_type(schema)
    except UserError as error:
        raise UsageError(f"{where} cannot be used. {error.message}", "Change or leave out that part of it.") from error
