"""Tags of chats: one word each, in small letters, so that `tag:word` finds it. Pure."""

from typing import TypeGuard

from tui.errors import UsageError
from tui.text import clean_line

LONGEST_TAG = 40
_SIGNS = "-_./+"


def read_tag(typed: str) -> str:
    """A tag as it is kept: "#Trip to Rome" is "trip-to-rome".

    Raises:
        UsageError: it has signs that no tag has, none of a word, or is too long.
    """
    tag = "-".join(clean_line(typed).casefold().removeprefix("#").split())
    if len(tag) > LONGEST_TAG:
        raise UsageError(f"The tag {tag[:LONGEST_TAG]}… is too long.", f"A tag has at most {LONGEST_TAG} letters.")
    if not is_tag(tag):
        wrong = next((sign for sign in tag if not (sign.isalnum() or sign in _SIGNS)), "")
        said = f'"{wrong}" cannot stand in a tag' if wrong else f'"{clean_line(typed)}" is no tag'
        raise UsageError(f"{said}.", f"A tag has letters, digits and {' '.join(_SIGNS)}")
    return tag


def is_tag(value: object) -> TypeGuard[str]:
    """Whether something is a tag as it is kept."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_TAG
        and value == value.casefold()
        and all(sign.isalnum() or sign in _SIGNS for sign in value)
        and any(map(str.isalnum, value))
    )


def read_tag_changes(typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which tags are to be given and which taken away: "trip to rome, -old" gives "trip-to-rome" and takes "old" away.

    Raises:
        UsageError: one of them cannot be a tag.
    """
    added, removed = list[str](), list[str]()
    for word in filter(None, map(str.strip, typed.split(","))):
        if word.startswith("-"):
            removed.append(read_tag(word[1:]))
        else:
            added.append(read_tag(word))
    return tuple(dict.fromkeys(added)), tuple(dict.fromkeys(removed))
