"""A dropped file becomes an attachment, a sentence stays one: each terminal writes paths in its own way."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.attachments import path_in, paths_in


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/a/b.png", "/a/b.png"),
        (" /a/b.png \n", "/a/b.png"),
        ("'/a b/c.png'", "/a b/c.png"),
        ('"/a b/c.png"', "/a b/c.png"),
        (r"/a\ b/c\(1\).png", "/a b/c(1).png"),
        (r"'/a/it'\''s.png'", "/a/it's.png"),
        ("/a/it's.png", "/a/it's.png"),
        ("/a b/no quotes.png", "/a b/no quotes.png"),
        ("file:///a%20b/%C3%BC.png", "/a b/ü.png"),
        ("FILE://localhost/a.png", "/a.png"),
        ("./a.png", "a.png"),
        ("../a.png", "../a.png"),
    ],
)
def test_a_path_in_any_spelling_is_found(text: str, path: str) -> None:
    assert path_in(text) == Path(path)


def test_the_home_is_known_by_its_sign(_home: Path) -> None:
    assert path_in("~/a.png") == _home / "a.png"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "a.png", "look at /a/b.png", "/", "..", "./", "https://x.test/a.png", "file://other/a", "file:a",
        "file:", "/a\0b", "'/a", "/a\nand more", "//", "file:///a%00b",
    ],
)  # fmt: skip
def test_what_is_no_path_stays_text(text: str) -> None:
    assert path_in(text) is None


@pytest.mark.parametrize(
    "text",
    ["'/a b' '/c'", r"/a\ b /c", "file:///a%20b\r\nfile:///c\r\n", "file:///a%20b file:///c"],
)
def test_several_files_dropped_at_once_are_all_found(text: str) -> None:
    assert paths_in(text) == (Path("/a b"), Path("/c"))
    assert path_in(text) is None


@given(st.text())
def test_no_paste_whatever_is_an_error(text: str) -> None:
    paths_in(text)
    path_in(f"file://{text}")
    path_in(f"/{text}")
