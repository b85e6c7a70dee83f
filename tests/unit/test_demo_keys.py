"""The guide's page of keys is the first that a newcomer asks for: it must say what the keys of this app really do."""

import re

from tui.agent.models.demo import pages
from tui.app.commands import COMMANDS, Command

PAGE = next(page.text for page in pages() if page.name == "keys")
NAMES = {"esc": "escape", "/": "slash", "#": "number_sign", "[": "left_square_bracket", "]": "right_square_bracket"}


def keys_in(text: str) -> list[str]:
    return [NAMES.get(key, key) for key in re.findall(r"`([^` ]+)`", text)]


def commands_with(key: str) -> list[Command]:
    return [command for command in COMMANDS if key in command.keys]


def test_every_key_on_the_page_is_bound() -> None:
    others = {"ctrl+c", "@", "@@", "$EDITOR"}  # the selection's, signs that are typed, a variable
    assert [key for key in keys_in(PAGE) if not commands_with(key) and key not in others] == []


def test_every_key_that_the_footer_shows_anywhere_is_on_the_page() -> None:
    named = set(keys_in(PAGE))
    shown = [one for one in COMMANDS if one.rank and one.keys and one.scope in ("app", "chat", "layout", "composer")]
    assert [command.id for command in shown if not named & set(command.keys)] == []


def test_the_keys_of_the_other_pages_are_bound() -> None:
    for page in pages():
        pressed = re.findall(r"(?:press |Press |with |and )`((?:ctrl\+|alt\+|f)?\w+)`", page.text)
        keys = [NAMES.get(key, key) for key in pressed if re.fullmatch(r"ctrl\+\w|alt\+\w+|f\d+|esc|enter", key)]
        assert [key for key in keys if not commands_with(key) and key != "ctrl+c"] == [], page.name
