"""Theme files: `themes/*.toml` become Textual themes, and any theme is made readable before it is used.

A file holds the fields of `textual.theme.Theme` (the name defaults to the file's stem) and a table `[variables]`.
Called `theming`, not `themes`: in an installed wheel the folder `tui/themes/` lies beside this package.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from textual.app import App
from textual.color import Color, ColorParseError
from textual.css.errors import DeclarationError
from textual.css.parse import parse_declarations
from textual.css.tokenizer import TokenError
from textual.theme import Theme

from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import read_regular
from tui.paths import config_dir
from tui.toml_source import load_toml

DARK, LIGHT, ANSI = "chinwag-dark", "chinwag-light", "chinwag-ansi"

_ROLES = ("text-primary", "text-secondary", "text-accent", "text-success", "text-warning", "text-error")
_MARKS = {"input-selection-background": "transparent", "warning-muted": "transparent"}
"""What lies behind the body text where it is selected or was found."""
_TEXT_CONTRAST, _BODY_CONTRAST, _STEP = 4.5, 7.0, 0.05
_TYPES: dict[str, type] = {"dark": bool, "ansi": bool, "luminosity_spread": float, "text_alpha": float}


def bundled_themes() -> Path:
    """The theme files shipped with us: `tui/themes` when installed, `<repo>/themes` when run from source.

    By their paths, as the style sheets: `importlib.resources` takes four times as long to load as all of them to read.
    """
    installed = Path(__file__).parents[1] / "themes"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "themes"


def read_theme(file: Path) -> Theme:
    """Read one theme file.

    Raises:
        ConfigError: the file cannot be read, is no TOML, has an unknown or mistyped key or no usable colours; the
            message names the file, and the line where TOML tells it.
    """
    try:
        table = load_toml(read_regular(file).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"The theme {file} cannot be read: {reason}.", "Mend or remove the file.") from error
    known = {field.name for field in fields(Theme)}
    for key, value in table.items():
        _check(file, key, value, known)
    table.setdefault("name", Path(file.name).stem)
    if "primary" not in table:
        raise ConfigError(f"The theme {file} has no `primary` colour.", 'Add a line such as primary = "#E8804C".')
    theme = Theme(**table)
    for name, value in theme.variables.items():
        _check_variable(file, name, value)
    try:
        generated = theme.to_color_system().generate()
        if not theme.ansi:
            tuned({**generated, **theme.variables})
    except (ColorParseError, ValueError) as error:  # the second of a share or a spread that is no number
        reason = str(error).splitlines()[0].rstrip(".")
        raise ConfigError(f"The theme {file} names a colour that is none: {reason}.", 'Write "#RRGGBB".') from error
    return theme


def _check(file: Path, key: str, value: object, known: set[str]) -> None:
    if key not in known:
        raise ConfigError(f"The theme {file} has an unknown key `{key}`.", f"Known keys: {', '.join(sorted(known))}.")
    if key == "variables":
        right = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    else:
        wanted = _TYPES.get(key, str)
        right = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
    if not right:
        raise ConfigError(f"The theme {file} gives `{key}` a value of the wrong type: {value!r}.", "Mend the line.")


def _check_variable(file: Path, name: str, value: str) -> None:
    """Have a variable read as the style sheets will: one that they cannot read ends the app."""
    if "style" in name:
        rule, wanted = "text-style", "style of text"
    else:
        rule = "color" if name.startswith("text") or "foreground" in name or "color" in name else "background"
        wanted = "colour"
    try:
        if not set(value) & set(";{}"):
            parse_declarations(f"{rule}: {value};", ("", ""))
            return
    except (DeclarationError, TokenError):
        pass
    raise ConfigError(f"The theme {file} gives `{name}` what is no {wanted}: {value!r}.", "Mend or remove the line.")


def theme_kinds(themes: Mapping[str, Theme], *, auto: bool = False) -> list[tuple[str, str]]:
    """The names of themes with "dark", "light" or "terminal", our own first; above them "auto", where it can be had."""
    kinds = [(name, "terminal" if theme.ansi else "dark" if theme.dark else "light") for name, theme in themes.items()]
    kinds.sort(key=lambda pair: (not pair[0].startswith("chinwag"), pair[1], pair[0]))
    return [("auto", "as the terminal is"), *kinds] if auto else kinds


@dataclass(frozen=True, slots=True)
class OwnThemes:
    """What stands in the user's own folder.

    Attributes:
        themes: those that can be worn, each with its file.
        problems: a sentence for each file that cannot be used.
    """

    themes: tuple[tuple[Path, Theme], ...]
    problems: Mapping[Path, str]


def own_themes() -> OwnThemes:
    """Read the user's own files."""
    themes, problems = [], {}
    folder = config_dir() / "themes"
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            themes.append((path, read_theme(path)))
        except ConfigError as error:
            problems[path] = error.sentence
    return OwnThemes(tuple(themes), problems)


def install_themes(app: App[Any]) -> OwnThemes:
    """Register the bundled themes and the user's own, whose files win by name; the app starts whatever is in them."""
    for file in bundled_themes().iterdir():
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            app.register_theme(Theme(**{"name": Path(file.name).stem, **table}))
    own = own_themes()
    for _, theme in own.themes:
        app.register_theme(theme)
    return own


def tuned(variables: dict[str, str]) -> dict[str, str]:
    """Make a theme's text readable: the variables of any theme in, the same with enough contrast out.

    Body text reaches 7:1 and every coloured role 4.5:1 (WCAG 2.2, 1.4.3 and 1.4.6) on the background, the surface, the
    panel and the selected row, and body text 4.5:1 where it is selected or found. A theme that has that already comes
    out unchanged. Not for ANSI themes, whose colours only the terminal knows.

    Raises:
        ColorParseError: a variable is no colour.
    """
    result = dict(variables)
    background, surface = Color.parse(variables["background"]), Color.parse(variables["surface"])
    foreground = Color.parse(variables["foreground"])
    primary = Color.parse(variables["primary"])
    panel = background + Color.parse(variables["panel"])
    selected = background + Color.parse(variables["primary-muted"])
    if _contrast(foreground, panel) < _BODY_CONTRAST:
        panel = surface.blend(foreground, 0.07, alpha=1)
        result["panel"] = panel.hex
    if _contrast(foreground, selected) < _BODY_CONTRAST:
        selected = surface.blend(primary, 0.16, alpha=1)
        result["primary-muted"] = selected.hex
    grounds = (background, surface, panel, selected)
    pole = max((Color(0, 0, 0), Color(255, 255, 255)), key=lambda color: min(_contrast(color, on) for on in grounds))
    body = _push(foreground, pole, grounds, _BODY_CONTRAST)
    _replace(result, "foreground", foreground, body)
    for role in (*_ROLES, "footer-key-foreground"):
        color = background + Color.parse(variables[role])
        _replace(result, role, color, _push(color, pole, grounds, _TEXT_CONTRAST))
    muted = background + Color.parse(variables["foreground-muted"])
    _replace(result, "foreground-muted", muted, _push(muted, body, grounds, _TEXT_CONTRAST))
    for name, default in _MARKS.items():
        result[name] = _thinned(variables.get(name, default), body, grounds)
    return result


def _thinned(mark: str, text: Color, grounds: tuple[Color, ...]) -> str:
    """The colour of a mark over the grounds, with as much of it as leaves the text in front readable."""
    color, _, share = mark.partition(" ")
    full = Color.parse(color)
    if share:
        full = full.with_alpha(full.a * float(share.removesuffix("%")) / 100)
    for step in range(round(1 / _STEP)):
        thinned = full.with_alpha(full.a * (1 - step * _STEP))
        if all(_contrast(text, on + thinned) >= _TEXT_CONTRAST for on in grounds):
            return thinned.hex if step else mark
    return "transparent"


def _replace(variables: dict[str, str], name: str, before: Color, after: Color) -> None:
    if after != before or Color.parse(variables[name]).a < 1:
        variables[name] = after.hex


def _push(color: Color, pole: Color, grounds: tuple[Color, ...], wanted: float) -> Color:
    for step in range(round(1 / _STEP) + 1):
        pushed = color.blend(pole, step * _STEP, alpha=1)
        if all(_contrast(pushed, on) >= wanted for on in grounds):
            return pushed
    return pole


def _contrast(one: Color, other: Color) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
