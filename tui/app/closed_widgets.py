"""What Textual 8.2.8 keeps of widgets that are closed, and how it lets go of it."""

from typing import Any

from textual._styles_cache import StylesCache
from textual.app import App


def release_drawn_lines() -> None:
    """Let a widget's drawn lines go with the widget. Safe to call twice.

    Textual keeps the last 1,024 `StylesCache` alive, each with all lines of a widget that was closed long ago:
    `get_inner_outer` takes a class by its signature, but is no class method, so that its `lru_cache` holds every
    instance on which it was called. As a class method it holds pairs of colours.
    """
    cached = StylesCache.__dict__["get_inner_outer"]
    if not isinstance(cached, (classmethod, staticmethod)):
        StylesCache.get_inner_outer = classmethod(cached)  # type: ignore[method-assign,assignment]


def release_watchers(app: App[Any]) -> None:
    """Let go of closed widgets that watched an attribute of the app.

    Textual does so only when that attribute changes: a text area, which watches the theme, stayed until the next one.
    """
    for watchers in getattr(app, "__watchers", {}).values():
        watchers[:] = [(node, callback) for node, callback in watchers if not node._closing]
