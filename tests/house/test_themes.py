"""A theme that cannot be read, or cannot be read on the screen."""

from pathlib import Path

import pytest
import tomli_w
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tests.support.places import NO_FILES, Make
from tui.app.theming import bundled_themes, install_themes, read_theme, tuned
from tui.errors import ConfigError

THEME_FILES = sorted(Path(str(bundled_themes())).glob("*.toml"))
GROUNDS = ("background", "surface", "panel", "primary-muted")
ROLES = (
    "text-primary", "text-secondary", "text-accent", "text-success", "text-warning", "text-error",
    "foreground-muted", "footer-key-foreground",
)  # fmt: skip


def contrast(one: Color, other: Color) -> float:
    def luminance(color: Color) -> float:
        parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in color.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = max(luminance(one), luminance(other)), min(luminance(one), luminance(other))
    return (light + 0.05) / (dark + 0.05)


def test_the_shipped_themes_are_there() -> None:
    assert {"chinwag-dark", "chinwag-light", "chinwag-ansi"} <= {file.stem for file in THEME_FILES}


@pytest.mark.parametrize("file", THEME_FILES, ids=lambda file: file.stem)
def test_every_shipped_theme_loads(file: Path) -> None:
    assert read_theme(file).name == file.stem


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=lambda theme: theme.name)
def test_what_themes_of_others_have_for_variables_is_taken(theme: Theme, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(tomli_w.dumps({"primary": theme.primary, "ansi": theme.ansi, "variables": theme.variables}))
    assert read_theme(file).variables == theme.variables


@pytest.mark.parametrize("name", ["chinwag-dark", "chinwag-light"])
def test_our_own_themes_need_no_tuning(name: str) -> None:
    theme = read_theme(next(file for file in THEME_FILES if file.stem == name))
    variables = {**theme.to_color_system().generate(), **theme.variables}
    assert tuned(variables) == variables


def all_themes() -> list[str]:
    app: App[None] = App()
    install_themes(app)
    return [name for name, theme in app.available_themes.items() if not theme.ansi]


MARKED = {
    "a place that was found": ("foreground", "warning-muted"),
    "the place at hand": ("background", "text-warning"),
    "text under the cursor": ("background", "foreground"),
    "selected text": ("foreground", "input-selection-background"),
}
"""Text on grounds of its own, in front of any of the others."""


@pytest.mark.parametrize("name", all_themes())
def test_text_can_be_read_in_every_theme(name: str) -> None:
    app: App[None] = App()
    install_themes(app)
    theme = app.available_themes[name]
    variables = tuned({**theme.to_color_system().generate(), **theme.variables})
    background = Color.parse(variables["background"])
    grounds = [background + Color.parse(variables[ground]) for ground in GROUNDS]
    for role in ROLES:
        assert min(contrast(Color.parse(variables[role]), ground) for ground in grounds) >= 4.5, role
    assert min(contrast(Color.parse(variables["foreground"]), ground) for ground in grounds) >= 7
    for what, (text, mark) in MARKED.items():
        for ground in grounds:
            color, _, share = variables[mark].partition(" ")
            behind = ground + Color.parse(color).multiply_alpha(float(share.removesuffix("%") or 100) / 100)
            assert contrast(behind + Color.parse(variables[text]), behind) >= 4.5, (
                what,
                variables[text],
                variables[mark],
            )
    assert len(BUILTIN_THEMES) > 15


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("primary = \nname = 3", "line 1"),
        ('primry = "#123456"', "unknown key `primry`"),
        ("primary = 7", "wrong type"),
        ('name = "x"', "no `primary`"),
        ('primary = "blurple"', "colour"),
        ('primary = "#123456"\n[variables]\nborder = 3', "wrong type"),
        ('primary = "#123456"\n[variables]\nborder = "}"', "`border`"),
        ('primary = "#123456"\n[variables]\nborder = "red; } *{ color: red"', "`border`"),
        ('primary = "#123456"\n[variables]\nscrollbar = "x y z"', "`scrollbar`"),
        ('primary = "#123456"\n[variables]\nblock-cursor-text-style = "red"', "style of text"),
        ('primary = "#123456"\n[variables]\ninput-selection-background = "#112233 x%"', "no colour"),
        ('primary = "#123456"\nluminosity_spread = nan', "colour"),
    ],
)
def test_a_broken_theme_is_named_and_never_stops_the_start(content: str, words: str, _home: Path) -> None:
    folder = _home / "config" / "themes"
    folder.mkdir(parents=True)
    file = folder / "mine.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        read_theme(file)
    app: App[None] = App()
    problems = [*install_themes(app).problems.values()]
    assert len(problems) == 1
    assert words in problems[0]
    assert "chinwag-dark" in app.available_themes


def test_a_users_theme_wins_over_ours(_home: Path) -> None:
    folder = _home / "config" / "themes"
    folder.mkdir(parents=True)
    (folder / "chinwag-dark.toml").write_text('primary = "#00FF00"')
    app: App[None] = App()
    assert not install_themes(app).problems
    assert app.available_themes["chinwag-dark"].primary == "#00FF00"


@pytest.mark.parametrize(("make", "words"), NO_FILES)
def test_what_is_no_file_in_the_place_of_a_theme_is_named_and_not_waited_for(
    make: Make, words: str, tmp_path: Path
) -> None:
    make(tmp_path / "mine.toml")
    with pytest.raises(ConfigError) as caught:
        read_theme(tmp_path / "mine.toml")
    assert str(tmp_path / "mine.toml") in caught.value.message and words in caught.value.message
