"""Files that an export lays beside itself: no name leads out of their folder, and none is lost to another's."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.formats.side_files import side_file_names
from tui.store.records import Attachment


def names(*given_names: str) -> list[str]:
    files = [Attachment(f"{number}", "m", name, "text/plain", b"") for number, name in enumerate(given_names)]
    return list(side_file_names(files).values())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"),
        ("Größe & Maß.txt", "Größe-Maß.txt"),
        ("src/a.py", "a.py"),
        ("src/", "src.md"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.bat", "x.bat"),
        ("..", "file"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("CON.txt", "CON_.txt"),
        ("a\x00b\x1b[2J\n.txt", "a-b-2J.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("https://x.test/page?q=1", "page-q-1"),
        ("", "file"),
        ("/", "folder.md"),
    ],
)
def test_a_name_keeps_what_is_harmless(name: str, safe: str) -> None:
    assert names(name) == [safe]


def test_two_files_of_one_name_both_have_a_place() -> None:
    assert names("a.txt", "b/a.txt", "A.TXT", "a-2.txt") == ["a.txt", "a-2.txt", "A-3.TXT", "a-2-2.txt"]


def test_what_is_attached_twice_is_written_once() -> None:
    twice = [Attachment("00", "m", name, "text/plain", b"") for name in ("first.txt", "again.txt")]
    assert side_file_names(twice) == {"00": "first.txt"}


@given(st.lists(st.text(), max_size=5))
def test_no_name_whatever_is_a_path_or_hidden_or_anothers(given_names: list[str]) -> None:
    found = names(*given_names)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in found}) == len(given_names)
    for name in found:
        assert name and name[0] not in ".-" and not name.endswith((".", " "))
        assert not set(name) & set('/\\:*?"<>|\0\n') and name.isprintable() and len(name.encode()) <= 255
