"""What Textual 8.2.8 keeps of widgets that are closed and of text that is gone, and how it lets go of it."""

from functools import lru_cache
from typing import Any

from rich.color import Color, ColorSystem
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.app import App
from textual.strip import Strip


def release_drawn_lines() -> None:
    """Let a widget's drawn lines go with the widget. Safe to call twice.

    Textual keeps the last 1,024 `StylesCache` alive, each with all lines of a widget that was closed long ago:
    `get_inner_outer` takes a class by its signature, but is no class method, so that its `lru_cache` holds every
    instance on which it was called. As a class method it holds pairs of colours.
    """
    cached = StylesCache.__dict__["get_inner_outer"]
    if not isinstance(cached, (classmethod, staticmethod)):
        StylesCache.get_inner_outer = classmethod(cached)  # type: ignore[method-assign,assignment]


def release_styles() -> None:
    """Let the styles of text go with the text. Safe to call twice.

    Textual keeps the last 16,384 styles for their codes. Text that can be selected has a style of its own wherever a
    stretch of it begins, so that long use filled this with a hundred looks: 9 MB.
    """
    Strip.render_ansi = _codes  # type: ignore[method-assign,assignment]


_uncached_codes = Strip.render_ansi.__wrapped__


def _codes(style: Style, system: ColorSystem) -> str:
    attributes = style._attributes & style._set_attributes
    codes = style._ansi = _codes_of_look(style._color, style._bgcolor, attributes, system)
    return codes


@lru_cache(1024)
def _codes_of_look(colour: Color | None, ground: Color | None, attributes: int, system: ColorSystem) -> str:
    look = Style.from_color(colour, ground)
    look._attributes = look._set_attributes = attributes
    return _uncached_codes(Strip, look, system)


def release_watchers(app: App[Any]) -> None:
    """Let go of closed widgets that watched an attribute of the app.

    Textual does so only when that attribute changes: a text area, which watches the theme, stayed until the next one.
    """
    for watchers in getattr(app, "__watchers", {}).values():
        watchers[:] = [(node, callback) for node, callback in watchers if not node._closing]
