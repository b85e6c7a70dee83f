"""A conversation as text for a terminal: as `plain_text`, with colours of the terminal's own sixteen, and bold type.

Lines are broken before they are coloured, so what is marked passes through the breaking as signs without a width: from
a plane that no text uses, and taken out of what comes from outside. Each line is complete by itself, as pagers need it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.formats import plain_text
from tui.formats.markdown_lines import Page, Role
from tui.formats.wrapping import FIRST_SIGN
from tui.store.records import Attachment, Conversation, Message

if TYPE_CHECKING:
    from pygments.token import _TokenType

_END = chr(FIRST_SIGN)
_CODES: dict[str, str] = {
    "title": "1",
    "asked": "1;32",
    "answered": "1;36",
    "quiet": "2",
    "heading": "1;4",
    "strong": "1",
    "em": "3",
    "code": "33",
    "link": "4;34",
    "comment": "2",
    "keyword": "35",
    "name": "36",
    "string": "32",
    "number": "33",
}
_SIGNS = {role: chr(FIRST_SIGN + number) for number, role in enumerate(_CODES, 1)}
_CODE_OF = {_SIGNS[role]: code for role, code in _CODES.items()}
_SIGN = re.compile(f"[{_END}-\U0010ffff]")


def write(
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
    *,
    branches: bool = False,
    width: int = 80,
) -> str:
    """The text of `plain_text`, so many columns wide, with the escapes that colour it."""
    page = Page(width, _marked, _highlighted)
    unmarked = [replace(message, text=_SIGN.sub("", message.text)) for message in messages]
    titled = replace(conversation, title=_SIGN.sub("", conversation.title))
    return painted(plain_text.write(titled, unmarked, attachments, branches=branches, page=page))


def painted(text: str) -> str:
    """Marked text with escapes in the place of its signs; at the end of each line nothing is on any more."""
    open_signs: list[str] = []
    lines = []
    for line in text.split("\n"):
        begun = "".join(f"\x1b[{_CODE_OF[sign]}m" for sign in open_signs)
        drawn = begun + _SIGN.sub(lambda found: _escape(found[0], open_signs), line)
        lines.append(f"{drawn}\x1b[0m" if open_signs else drawn)
    return "\n".join(lines)


def _escape(sign: str, open_signs: list[str]) -> str:
    if sign in _CODE_OF:
        open_signs.append(sign)
        return f"\x1b[{_CODE_OF[sign]}m"
    if open_signs:
        open_signs.pop()
    return "\x1b[0m" + "".join(f"\x1b[{_CODE_OF[one]}m" for one in open_signs)


def _marked(role: Role, text: str) -> str:
    return f"{_SIGNS[role]}{text}{_END}" if text else ""


def _highlighted(code: str, language: str) -> str:
    """Code in colours, where its language is known."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return code
    pieces = []
    for kind, text in lexer.get_tokens(code):
        sign = _sign_of(kind)
        pieces.append(f"{sign}{text}{_END}" if sign else text)
    return "".join(pieces)


def _sign_of(kind: "_TokenType") -> str:
    from pygments.token import Token

    kinds = (
        (Token.Comment, "comment"),
        (Token.Keyword, "keyword"),
        (Token.Name.Function, "name"),
        (Token.Name.Class, "name"),
        (Token.Name.Builtin, "name"),
        (Token.Literal.String, "string"),
        (Token.Literal.Number, "number"),
    )
    return next((_SIGNS[role] for group, role in kinds if kind in group), "")
