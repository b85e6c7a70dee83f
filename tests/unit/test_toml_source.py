"""A TOML file that somebody has nested without end must not take the memory or the start of whoever reads it."""

import tomllib
from pathlib import Path

import pytest

from tui.app.theming import read_theme
from tui.chat.credentials.store import read_credentials
from tui.chat.prompt_library.front_matter import read_front_matter
from tui.config import load_config
from tui.errors import ConfigError
from tui.toml_source import DEEPEST, load_toml

DEEP = {
    "lists": "a = " + "[" * 100_000,
    "closed lists": "a = " + "[" * 100_000 + "]" * 100_000,
    "tables": "a = " + "{a = " * 100_000,
    "a key": "a" + ".a" * 100_000 + " = 1",
    "a quoted key": "x = {'a'" + ' . "a"' * 10_000 + " = 1}",
    "a header": "[" + "a." * 100_000 + "a]",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_nested_without_end_is_a_mistake_like_any_other(text: str, tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text(text)
    file.chmod(0o600)
    for read in (load_config, read_theme, read_credentials):
        with pytest.raises(ConfigError, match=r"some\.toml"):
            read(file)
    with pytest.raises(ConfigError, match=r"some\.toml:1: not valid TOML"):
        read_front_matter(file, f"+++\n{text}\n+++\n".encode())


def test_as_deep_as_anybody_writes_is_read_and_long_texts_are_no_keys() -> None:
    key = ".".join(["a"] * DEEPEST)
    assert load_toml(f"{key} = 1")
    text = ". ".join(["word"] * 5_000)
    assert load_toml(f'a = """{text.replace(". ", " . - ")}"""')
    with pytest.raises(tomllib.TOMLDecodeError):
        load_toml(f"{key}.a = 1")
