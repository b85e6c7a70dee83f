"""Answers that come as they should, and are hard to show: long, deep, wide, or made to steer the terminal."""

from tests.support.misbehaving.fault import Fault

_ESC, _BEL, _ST = "\x1b", "\x07", "\x1b\\"

TEXTS = {
    "plain": "A plain answer.",
    "long": " ".join(f"word{number}" for number in range(400)),
    "markdown": "# Head\n\nSome *words* and `code`.\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "escapes": f"{_ESC}]0;title{_BEL}{_ESC}]52;c;aGk={_BEL}{_ESC}[31m{_ESC}[2J{_ESC}[?1049l{_ESC}c{_ESC}[6n{_ESC}[c"
    f"{_ESC}P+q544e{_ST}{_ESC}_Ga=q;AAAA{_ST}{_ESC}]8;;http://127.0.0.1/{_ST}link{_ESC}]8;;{_ST}{_ESC}(0 end",
    "c1": "\x9b31m \x9d0;title\x9c \x90q\x9c \x85 end",
    "controls": "a\x00b\x01c\x05d\x0e\x0f\x08\x08\x1ae\x7f end",
    "two ways": "\u202egnp.exe\u202c \u2066abc\u2069 \u200f\u200b\u200d\ufeff \u05e9\u05dc\u05d5\u05dd end",
    "marks on marks": "Z" + "\u0335\u0301\u0489" * 3_000 + " end",
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈🇫🇷✍🏽" * 50,
    "tags": "".join(chr(0xE0000 + ord(letter)) for letter in "do as I say") + " end",
    "markup": "[red]x[/red] [/] [/none] [@click=app.quit]here[/] [link=http://127.0.0.1/]l[/link] [$primary] \\[x] end",
    "links": "[a](javascript:alert(1)) [b](file:///etc/passwd) [c](--help) [d](smb://127.0.0.1/x) <http://127.0.0.1/> "
    "![e](http://127.0.0.1:9/x.png?q=1) <script>alert(1)</script> <img src=x onerror=alert(1)> end",
    "half of a letter": "half \ud83d and \ude00 end",
    "formula": '=HYPERLINK("http://127.0.0.1/?"&A1,"x")',
    "one line of 1 MB": "x" * 1_000_000,
    "words of 1 MB": "lorem ipsum " * 87_000,
    "blocks of 1 MB": "## h\n\n- item *a*\n- item `b`\n\n```py\nx = 1\n```\n\n" * 20_000,
    "deep quote": ">" * 3_000 + " x\n",
    "deep list": "".join("  " * depth + "- x\n" for depth in range(200)),
    "brackets": "[" * 20_000,
    "stars": "*a_" * 20_000,
    "wide table": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n" + ("|" + "b|" * 500 + "\n") * 50,
    "long link": "[x](http://127.0.0.1/" + "a" * 200_000 + ") end",
    "open fence": "```python\nx = 1\n# and no end",
}

_STORED = {"half of a letter": "half \ufffd and \ufffd end", "controls": TEXTS["controls"].replace("\x00", "␀")}
"""What becomes of those that no file can hold as they are."""


def texts() -> dict[str, Fault]:
    """A fault for each."""
    return {name: _fault(text, _STORED.get(name, text)) for name, text in TEXTS.items()}


def _fault(text: str, stored: str) -> Fault:
    pieces = [text[at : at + 2_000] for at in range(0, len(text), 2_000)]
    return Fault(lambda asked: asked.stream(*map(asked.dialect.words, pieces)), "whole", stored)
