"""How the text of a file stands in a prompt. Standard library only; pure."""

import re


def fence_for(text: str) -> str:
    """More backticks than a text holds in a row, and three at least."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))


def fenced(what: str, text: str) -> str:
    """A line that says what it is, and the text between more backticks than it holds, so that it cannot end early.

    Args:
        what: such as "Attached file `notes.txt`"; a name in it is on one line already.
        text: of the file.
    """
    fence = fence_for(text)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{what}:\n\n{fence}\n{text}{end}{fence}"
