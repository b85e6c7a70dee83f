"""A tool call's arguments and result as text to draw: in short for its line, and in full below it when it is unfolded.

In full it is what was sent: values are laid out, never rewritten.
"""

import json
import re

from tui.chat.message_parts import ToolCallContent
from tui.chat.tools.offer import BUILT_IN
from tui.text import clean_line, revealed

_SHORT_CHARS = 4_096  # longer arguments are not parsed for a line that shows some fifty characters of them
_LONG_JSON = 80  # longer than this, each value gets a line of its own
_DEEPEST_INDENT = 20
_NOTHING = ("", "{}", "null")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_FENCES = re.compile("`{3,}")


def tool_name(call: ToolCallContent) -> str:
    """Who has a tool, and how it is called there: "files · write_file"; a tool of the program's own by its name."""
    name, server = clean_line(call.name, 60) or "tool", clean_line(call.server, 40)
    if not server or call.server == BUILT_IN:
        return name
    return f"{server} · {clean_line(call.name.removeprefix(f'{call.server}_'), 60) or name}"


def has_details(call: ToolCallContent) -> bool:
    """Whether there are arguments or a result to unfold."""
    return call.arguments.strip() not in _NOTHING or bool(call.result)


def short_arguments(arguments: str) -> str:
    """A call's arguments for one line: a single one's value alone, more as "name=value, name=value"; "" for none."""
    values = _parsed(arguments) if len(arguments) <= _SHORT_CHARS else None
    if not isinstance(values, dict):
        return "" if arguments.strip() in _NOTHING else clean_line(arguments)
    if len(values) == 1:
        return clean_line(_short_value(*values.values()))
    return clean_line(", ".join(f"{name}={_short_value(value)}" for name, value in values.items()))


def arguments_source(call: ToolCallContent) -> str:
    """The arguments as Markdown: a block of JSON; "" for none.

    Of a call that a person is asked about they are those that would be used, in full: a value a line, letters in the
    place of their codes, and codes in the place of all that no reader sees.
    """
    if call.state == "asking" and call.question is not None:
        return _json_block(revealed(_spelled_out(call.question.arguments)), long=0)
    return "" if call.arguments.strip() in _NOTHING else _json_block(call.arguments)


def call_sources(call: ToolCallContent) -> list[str]:
    """The Markdown of its arguments and of its result, as far as there are any."""
    return [source for source in (arguments_source(call), result_source(call)[0]) if source]


def result_source(call: ToolCallContent) -> tuple[str, bool]:
    """What the tool returned, and whether that is plain text: else it is Markdown, a block of JSON."""
    structured = call.result[:1] in ("{", "[") and _parsed(call.result) is not None
    return (_json_block(call.result), False) if structured else (call.result, True)


def laid_out(result: str) -> str:
    """What a tool returned, to be read over the whole screen: JSON with a value a line."""
    return _indented(result) if result[:1] in ("{", "[") and _parsed(result) is not None else result


def _parsed(source: str) -> object:
    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None


def _short_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spelled_out(source: str) -> str:
    """JSON whose texts have letters in the place of their codes; what is not JSON stays as it is."""
    if "\\u" not in source or _parsed(source) is None:
        return source
    return _JSON_TOKEN.sub(lambda token: _letters(token[0]) if "\\u" in token[0] else token[0], source)


def _letters(token: str) -> str:
    return json.dumps(json.loads(token), ensure_ascii=False)


def _json_block(source: str, long: int = _LONG_JSON) -> str:
    """JSON as a code block, whatever fences its texts hold; what is not JSON stays as it is.

    Args:
        source: the JSON.
        long: how many characters stay on one line.
    """
    if len(source) > long and _parsed(source) is not None:
        source = _indented(source)
    fence = "`" * (max((len(ticks) for ticks in _FENCES.findall(source)), default=2) + 1)
    return f"{fence}json\n{source}\n{fence}\n"


def _indented(source: str) -> str:
    """JSON with each value on a line of its own, and every value as it was written: no digit is lost."""
    pieces: list[str] = []
    depth, before = 0, ""
    for token in _JSON_TOKEN.findall(source):
        if token in ("}", "]"):
            depth -= 1
        if (before in ("{", "[", ",") or token in ("}", "]")) and before + token not in ("{}", "[]"):
            pieces.append("\n" + "  " * min(depth, _DEEPEST_INDENT))
        pieces.append(": " if token == ":" else token)
        if token in ("{", "["):
            depth += 1
        before = token
    return "".join(pieces)
