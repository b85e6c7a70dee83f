"""A chat on a terminal: the same lines as in the text file, coloured, and nothing in them steers the terminal."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tui.formats import plain_text, terminal_text
from tui.formats.markdown_lines import Page

ESCAPES = re.compile(r"\x1b\[([\d;]*)m")
MARKDOWN = """# Head

Some *em*, **strong and *both*, long enough that it goes on in the next line** and `code`, [a link](https://x.test/a).

> - quoted

```python
def f():
    \"\"\"One
    two\"\"\"
    return 1
```

```nonsense
x
```
"""


def chat(text: str, title: str = "A question") -> tuple[str, str]:
    """As plain text of 60 columns, and for a terminal."""
    owner = conversation(title)
    asked = prompt(owner, "Why?")
    answer = replace(reply(owner, asked, text), state="interrupted")
    owner = replace(owner, active_leaf=answer.id)
    messages = [asked, answer]
    return plain_text.write(owner, messages, page=Page(60)), terminal_text.write(owner, messages, width=60)


def test_it_says_what_the_text_says_and_each_line_is_complete_by_itself() -> None:
    plain, coloured = chat(MARKDOWN)
    assert ESCAPES.sub("", coloured) == plain
    for line in coloured.splitlines():
        codes = ESCAPES.findall(line)
        assert not codes or codes[-1] == "0", line
    lines = coloured.splitlines()
    strong = [line for line in lines if "strong and" in line or "next line" in line]
    assert len(strong) == 2 and all("\x1b[1m" in line for line in strong), "what is strong is so on both lines"
    assert "strong and \x1b[3mboth\x1b[0m\x1b[1m, long" in coloured
    assert '\x1b[32m        two"""' in coloured and "\x1b[35mdef" in coloured
    assert "    x\n" in coloured


@given(st.text(alphabet=st.sampled_from("ab*_` \n\x1b[]m0;>-#\U0010ff00\U0010ff03\U0010ffff你\u202e|"), max_size=80))
def test_no_text_brings_an_escape_of_its_own(text: str) -> None:
    plain, coloured = chat(text, text)
    without = ESCAPES.sub("", coloured)
    assert "\x1b" not in without and not re.search("[\U0010ff00-\U0010ffff]", without)
    if not re.search("[\U0010ff00-\U0010ffff]", text):
        assert [line.rstrip() for line in without.splitlines()] == [line.rstrip() for line in plain.splitlines()]
    assert set(ESCAPES.findall(coloured)) <= {"0", *terminal_text._CODES.values()}


def test_an_entity_brings_nothing_that_its_character_could_not() -> None:
    """The text `&#x202e;` turned what stands behind it round, in the file as on the terminal."""
    for shown in chat("a&#x202e;b &#8294;c &#x10FF05;d [e&#x202e;](https://x.test) **f&#x202e;**\n\n# g&#x202e;"):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\U0010ff00-\U0010ffff]", shown)
        assert "ab c d e" in ESCAPES.sub("", shown)
