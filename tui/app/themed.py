"""An app that wears the theme, the signs and the motion that are set, and follows the terminal and the theme's file."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import constants, events
from textual.app import App, InvalidThemeError
from textual.color import ColorParseError
from textual.filter import LineFilter
from textual.timer import Timer
from textual.types import AnimationLevel
from textual.widget import Widget
from textual.widgets import Input, TextArea
from typing_extensions import override

from tui.app.line_filters import AsciiSigns, NoColours
from tui.app.styles import spell_keys
from tui.app.terminal import GuardedApp
from tui.app.theming import ANSI, DARK, LIGHT, OwnThemes, install_themes, own_themes, read_theme, tuned
from tui.app.tty.output import OutputDriver
from tui.config import AUTO, Look
from tui.errors import ConfigError

if TYPE_CHECKING:
    from tui.app.tty.keys import BackgroundReported
    from tui.config import SettingValues

LOOK_AGAIN_S = 2.0
"""How often it is seen whether the file of the theme that is worn is another one; only while it is a person's own."""

LOOK_SETTINGS = frozenset({"theme", "theme_dark", "theme_light", "glyphs", "motion", "mouse"})


class ThemedApp(GuardedApp):
    """An app with themes.

    Args:
        values: tells what is set now.
        light: how the terminal was last time.

    Attributes:
        still: nothing blinks or glides, and what streams is drawn less often.
        theme_problems: a sentence for each of the person's theme files that cannot be used.
    """

    _FILTERS: ClassVar[dict[str, LineFilter]] = {"signs": AsciiSigns(), "colours": NoColours()}

    def __init__(self, values: Callable[[], "SettingValues"], *, light: bool) -> None:
        super().__init__()
        self._values = values
        self._light = light
        self._follows = False
        self._watch: Timer | None = None
        self._worn_file: tuple[Path, tuple[int, ...]] | None = None
        self._own_files: dict[str, Path] = {}
        self.look = Look()
        self.still = False
        self._problems: dict[Path | None, str] = {}
        self._wanted = ""
        self._take_up_own(install_themes(self))
        self._take_look()
        self.dress()

    # What is told to the person.

    @property
    def theme_problems(self) -> list[str]:
        """A sentence for each theme that cannot be worn, and file that cannot be used."""
        return [*self._problems.values()]

    def say(self, text: str) -> None:
        """Tell something that has to be read; overridden by the app."""

    def take_back(self, text: str) -> None:
        """Tell it no more: it is so no longer; overridden by the app."""

    def _note_problem(self, of: Path | None, text: str) -> None:
        """Tell what is wrong with a theme file, or None with the theme that is set, in the place of what was told."""
        before = self._problems.pop(of, "")
        if text:
            self._problems[of] = text
        if text != before:
            if before:
                self.take_back(before)
            if text:
                self.say(text)

    def remember_light(self, light: bool) -> None:
        """Keep how the terminal is for the next start; overridden by the app."""

    # Themes.

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What Textual's own sheets refer to and an ANSI theme does not derive."""
        return {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, made readable."""
        variables = super().get_css_variables()
        if self.current_theme.ansi:
            return variables
        try:
            return tuned(variables)
        except ColorParseError:
            return variables

    @override
    def refresh_css(self, animate: bool = True) -> None:
        if self.screen_stack:
            super().refresh_css(animate)
        else:  # the sheets are read with the first screen: not twice
            self.stylesheet.set_variables(self.get_css_variables())

    def dress(self) -> None:
        """Wear what is set."""
        self.wear(self._values().text("theme") or AUTO)

    def wear(self, name: str) -> None:
        """Wear a theme: a named one, or the one of two that suits the terminal."""
        self._follow_background(name == AUTO)
        if name == AUTO:
            name = self._values().text("theme_light" if self._light else "theme_dark") or ""
        if self.no_color:  # of the terminal's own colours nothing is left but bold, dim and reversed
            name = ANSI
        problem = ""
        try:
            self.theme = name
        except InvalidThemeError:
            self.theme = LIGHT if self._light else DARK
            problem = f"There is no theme “{name}”; this is {self.theme}. Choose another in the menu."
        self._note_problem(None, problem)
        self._wanted = name
        self._watch_file()

    # Following the terminal.

    def _follow_background(self, follow: bool) -> None:
        self._follows = follow
        if isinstance(self._driver, OutputDriver):
            self._driver.follow_background(follow)

    def on_background_reported(self, event: "BackgroundReported") -> None:
        """Go with the terminal."""
        self.remember_light(event.light)
        if event.light != self._light:
            self._light = event.light
            if self._follows:
                self.dress()

    # Following the file of a person's own theme.

    async def find_own_themes(self) -> None:
        """Look for files that have come since, and for changes of those that were there."""
        self._take_up_own(await asyncio.to_thread(own_themes))

    def _take_up_own(self, found: OwnThemes) -> None:
        for file, theme in found.themes:
            self.register_theme(theme)
            self._own_files[theme.name] = file
        for file in (*found.problems, *(known for known in [*self._problems] if known)):
            self._note_problem(file, found.problems.get(file, ""))

    def _watch_file(self) -> None:
        """Look at the file of the theme that is wanted from now on, if it is a person's own; else at none.

        That of one that is not there may be one that cannot be used, until it is mended.
        """
        file = self._own_files.get(self.theme)
        if self._wanted != self.theme:
            file = next((broken for broken in self._problems if broken and broken.stem == self._wanted), file)
        if file != (self._worn_file[0] if self._worn_file else None):
            self._worn_file = (file, _version(file)) if file else None
        if self._watch is None and file and self.is_running:
            self._watch = self.set_interval(LOOK_AGAIN_S, self._look_at_file)
        elif self._watch is not None:
            (self._watch.resume if file else self._watch.pause)()

    def _look_at_file(self) -> None:
        if self._worn_file is None:
            return
        file, before = self._worn_file
        version = _version(file)
        if not version or version == before:  # one that is gone may be on its way, as editors write
            return
        self._worn_file = (file, version)
        try:
            theme = read_theme(file)
        except ConfigError as error:
            self._note_problem(file, f"{error.sentence} The colours stay as they were.")
            return
        self._note_problem(file, "")
        self._own_files[theme.name] = file
        self.register_theme(theme)
        if theme.name == self.theme:
            self.mutate_reactive(App.theme)
        else:
            self.dress()

    # Signs, motion, mouse.

    def take_up(self, setting: str) -> None:
        """Let a setting of the look hold."""
        if setting.startswith("theme"):
            self.dress()
        else:
            self._take_look()

    def _take_look(self) -> None:
        before, self.look = self.look, Look.of(self._values())
        spell_keys(in_words=self.look.ascii)
        self.still = self.look.still
        level: AnimationLevel = "none" if self.still else constants.TEXTUAL_ANIMATIONS
        self.animation_level = level
        if not self.is_running:
            return
        if isinstance(self._driver, OutputDriver):
            self._driver.take_mouse(self.look.mouse)
        if before.ascii != self.look.ascii:
            for node in (node for screen in self.screen_stack for node in screen.walk_children(Widget)):
                node.refresh(layout=True)
        if self.focused is not None:
            self._steady(self.focused)

    @property
    def in_ascii(self) -> bool:
        """Whether signs and lines are drawn in ASCII, and pictures not at all."""
        return self.look.ascii

    @override
    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = [*super().get_line_filters()]
        if self.no_color:
            filters = [self._FILTERS["colours"]]
        return [*filters, self._FILTERS["signs"]] if self.look.ascii else filters

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let the cursor of the field that has the focus blink, or not."""
        self._steady(event.widget)

    def _steady(self, widget: Any) -> None:
        if isinstance(widget, Input | TextArea):
            widget.cursor_blink = not self.still

    def on_mount(self) -> None:
        """Ask the terminal, and look at the theme's file, from now on."""
        self._follow_background(self._follows)
        self._watch_file()


def _version(file: Path) -> tuple[int, ...]:
    """What changes with each writing of a file; () for one that is not there."""
    try:
        stat = file.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
