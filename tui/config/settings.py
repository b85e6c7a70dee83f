"""The one table of settings: what each is called in `config.toml`, what it may be, and what it does, in words.

`config.toml` is checked by it, the settings screen and the settings of a chat are made from it. A new setting is a new
row. Pure; must not know who reads a value.
"""

import math
from contextlib import suppress
from typing import Literal, TypeGuard, get_args

from tui.config.amounts import RULE, read_amount
from tui.dataclass import dataclass
from tui.figures import size_of
from tui.text import clean_line

Effort = Literal["off", "minimal", "low", "medium", "high", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)

Value = str | int | float | bool
Kind = Literal["choice", "flag", "number", "whole", "size", "text", "amount", "by hand"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set.

    Attributes:
        key: its path in `config.toml`, such as "chat.temperature".
        group: the heading under which the settings screen has it.
        help: one sentence or two.
        kind: a "size" is in bytes, with its unit; "text" and "amount" are checked by whom they concern; "by hand" can
            be written in `config.toml` only.
        default: what holds while it is not set; None for `unset`.
        unset: what an unset one comes to, in a word or two.
        choices: all values of a "choice", in the order in which they are stepped through.
        least, most: the bounds of a "number" or a "whole" one.
        step: how far one step moves a number; a "whole" one without it is doubled or halved.
        variable: the environment variable that sets it for one run; "" for none.
    """

    key: str
    label: str
    group: str
    help: str
    kind: Kind
    default: Value | None = None
    unset: str = "default"
    choices: tuple[str, ...] = ()
    least: float = 0.0
    most: float = math.inf
    step: float = 0.0
    variable: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """Its keys in `config.toml`, from the top."""
        return tuple(self.key.split("."))

    @property
    def name(self) -> str:
        """The last of its keys."""
        return self.path[-1]

    @property
    def steps(self) -> bool:
        """Whether there is a next value, and one before."""
        return self.kind in ("choice", "flag", "number", "whole")

    def accepts(self, value: object) -> TypeGuard[Value]:
        """Whether a value of a file makes sense."""
        match self.kind:
            case "choice":
                return value in self.choices
            case "flag":
                return isinstance(value, bool)
            case "text":
                return isinstance(value, str)
            case "amount":  # a mistake in it is said, and never stops the start
                return isinstance(value, str | int | float)
            case "size":
                return isinstance(value, str) and size_of(value) is not None
            case "number":
                return type(value) in (int, float) and self.least <= value <= self.most  # type: ignore[operator]
            case "whole":
                return type(value) is int and self.least <= value <= self.most
            case "by hand":
                return False

    @property
    def rule(self) -> str:
        """What a value must be, such as "a number from 0 to 2"."""
        match self.kind:
            case "choice":
                return f"one of {', '.join(self.choices)}"
            case "flag":
                return "true or false"
            case "number":
                return f"a number from {self.least:g} to {self.most:g}"
            case "whole":
                least = f"of {self.least:g} or more" if self.least != 1 else "above 0"
                return f"a whole number {least}"
            case "size":
                return 'a size such as "8 GB"'
            case "amount":
                return RULE
            case _:
                return "text"

    def read(self, typed: str) -> Value | None:
        """The value that a person typed; None for "" and "default".

        Raises:
            ValueError: it makes no sense; the message is a sentence for that person.
        """
        text = typed.strip()
        if text.casefold() in ("", "default"):
            return None
        match self.kind:
            case "number" | "whole":
                value: Value = _number(text.casefold(), whole=self.kind == "whole")
            case "amount":
                value = _amount(text)
            case "flag":
                value = {"true": True, "false": False}.get(text.casefold(), text)
            case _:
                value = text
        if not self.accepts(value):
            raise ValueError(f"{clean_line(text, 20)} is not {self.rule}; the value stays.")
        return round(value, 3) if isinstance(value, float) else value

    def write(self, value: Value | None) -> str:
        """A value as it can be typed again; what an unset one comes to for None."""
        if value is None:
            value = self.default
        if value is None:
            return self.unset
        if isinstance(value, bool):
            return str(value).lower()
        if self.kind == "amount":
            with suppress(ValueError):
                amount = read_amount(value)
                return self.unset if amount is None else amount.written
        return f"{value:g}" if isinstance(value, float) else str(value)

    def stepped(self, value: Value | None, step: int) -> Value | None:
        """The value one step up or down: ends stay ends, choices go round with "not set" among them."""
        match self.kind:
            case "choice":
                choices = [*([None] if self.default is None else []), *self.choices]
                now = self.default if value is None else value
                at = choices.index(now) if now in choices else 0
                return choices[(at + step) % len(choices)]
            case "flag":
                return not (self.default if value is None else value)
            case "number":
                moved = 1.0 if not isinstance(value, int | float) else value + step * self.step
                return round(min(max(moved, self.least), self.most), 3)
            case "whole":
                return int(min(max(self._whole_after(value, step), self.least), self.most))
            case _:
                return value

    def _whole_after(self, value: Value | None, step: int) -> float:
        if self.step:
            return value + step * self.step if isinstance(value, int) else self.least
        start = self.default if value is None else value
        count = start if isinstance(start, int) else 2048
        return count * 2 if step > 0 else count // 2


def _number(text: str, *, whole: bool) -> float | int | str:
    """What was typed as a number; "4k" are 4000. The text itself, which no bounds hold, for what is none."""
    try:
        number = float(text.removesuffix("k").replace(",", ".")) * (1_000 if text.endswith("k") else 1)
    except ValueError:
        return text
    return int(number) if whole and math.isfinite(number) and number == int(number) else number


def _amount(text: str) -> str:
    """What was typed as an amount, in one way of writing."""
    try:
        amount = read_amount(text)
    except ValueError as problem:
        raise ValueError(f"{problem}; the value stays.") from None
    return "off" if amount is None else amount.written


_CHAT, _NEW, _LOOK, _KEYS, _DESKTOP, _HAND = "Every new chat", "Starting", "Look", "Keys", "Desktop", "By hand"
_LIBRARY = "Library"
_LOCAL = "Models of this machine"
_SENDING = "Before sending"
_SPENDING = "Spending"

_ROWS = (
    Setting("chat.effort", "effort", _CHAT, "How long a reasoning model may think.", "choice", choices=EFFORTS),
    Setting("chat.temperature", "temperature", _CHAT, "0 is strict, 2 is wild.", "number", most=2, step=0.1),
    Setting(
        "chat.top_p", "top-p", _CHAT, "The share of likely words to pick from, 0 to 1.", "number", most=1, step=0.05
    ),
    Setting(
        "chat.max_tokens", "max tokens", _CHAT, "The longest answer, in tokens.", "whole", least=1, most=10_000_000
    ),
    Setting(
        "chat.web_search", "web search", _CHAT, "The provider searches the web for the model, where it can.", "flag",
        unset="off",
    ),
    Setting(
        "chat.verbosity", "verbosity", _CHAT, "How much the model writes, where it can be told.", "choice",
        choices=("low", "medium", "high"),
    ),
    Setting(
        "chat.service_tier", "service tier", _CHAT, "How soon, and at what price, the provider answers.", "choice",
        choices=("auto", "standard", "flex", "priority"),
    ),
    Setting(
        "chat.tools", "tools", _CHAT, "What models may call: names, with =allow or =deny behind one.", "text",
        unset="none",
    ),
    Setting(
        "chat.folder", "folder", _CHAT, "Whose text files tools may list, search and read.", "text", unset="none"
    ),
    Setting(
        "chat.system_prompt", "system", _CHAT, "Standing instructions, sent with every turn.", "text", unset="none"
    ),
    Setting(
        "model", "model", _NEW, "Who answers in the first chat of a start.", "text", unset="last used",
        variable="CHINWAG_MODEL",
    ),
    Setting("title_model", "title model", _NEW, "A cheap model that names each chat after its first answer; else the"
            " first sentence does, for nothing.", "text", unset="off"),
    Setting("open_last", "open last", _NEW, "A start without a question opens the chat that was shown last.", "flag",
            default=False),
    Setting("limits.chat", "chat limit", _SPENDING, "What one chat may cost: nothing is sent above it.", "amount",
            unset="none"),
    Setting("limits.day", "day limit", _SPENDING, "What all chats of a day may cost.", "amount", unset="none"),
    Setting("limits.month", "month limit", _SPENDING, "What all chats of a month may cost.", "amount", unset="none"),
    Setting("limits.warn_chat", "chat warning", _SPENDING, "From here on the meter warns of a chat's cost.", "amount",
            unset="none"),
    Setting("limits.warn_day", "day warning", _SPENDING, "The same for a day.", "amount", unset="none"),
    Setting("limits.warn_month", "month warning", _SPENDING, "The same for a month.", "amount", unset="none"),
    Setting(
        "confirm_above", "ask above", _SENDING, "Dollars for one turn above which it is asked first; 0 never asks.",
        "number", default=0.5, most=1000, step=0.25,
    ),
    Setting(
        "auto_compact", "compact above", _SENDING,
        "A share of the window above which older turns are summed up before the next prompt; 0 for never.", "number",
        default=0, most=1, step=0.1,
    ),
    Setting(
        "compact_model", "compact with", _SENDING, "Who sums up older turns.", "text", unset="the chat's model",
    ),
    Setting(
        "theme", "theme", _LOOK, "Colours; files of your own go into themes/. auto goes with the terminal.", "text",
        default="auto", variable="CHINWAG_THEME",
    ),
    Setting("theme_dark", "dark theme", _LOOK, "What auto wears in a dark terminal.", "text", default="chinwag-dark"),
    Setting("theme_light", "light theme", _LOOK, "What it wears in a light one.", "text", default="chinwag-light"),
    Setting(
        "glyphs", "signs", _LOOK, "Whether signs and lines are drawn in ASCII; auto does so outside UTF-8.", "choice",
        default="auto", choices=("auto", "unicode", "ascii"), variable="CHINWAG_GLYPHS",
    ),
    Setting(
        "motion", "motion", _LOOK, "reduced: no blinking, and replies are drawn four times a second; auto is that over"
        " ssh.", "choice", default="auto", choices=("auto", "full", "reduced"),
    ),
    Setting("mouse", "mouse", _LOOK, "Off leaves the mouse to the terminal, which selects and copies with it.", "flag",
            default=True),
    Setting(
        "composer.enter", "enter key", _KEYS, "Whether Enter sends, or breaks the line and F5 sends.", "choice",
        default="send", choices=("send", "newline"),
    ),
    Setting(
        "keys.preset", "preset", _KEYS, "Keys as you know them; a [keys] table changes single ones.", "choice",
        default="default", choices=("default", "vim", "emacs", "zellij"),
    ),
    Setting(
        "notifications", "notifications", _DESKTOP, "How you are told of a long reply's end that you do not see.",
        "choice", default="auto", choices=("auto", "osc9", "osc777", "bell", "off"),
    ),
    Setting("backups", "backups", _LIBRARY, "Copies of the library that are kept, one a day; 0 makes none. See chinwag"
            " doctor.", "whole", default=7, most=1000, step=1),
    Setting(
        "local.context", "context", _LOCAL, "The window of a local model, in tokens; a larger one takes more memory.",
        "whole", default=8192, least=512, most=10_000_000,
    ),
    Setting(
        "local.threads", "threads", _LOCAL, "Threads that a local model computes with.", "whole",
        unset="all but one, at most 8", least=1, most=1024, step=1,
    ),
    Setting(
        "local.gpu_layers", "GPU layers", _LOCAL, "Layers of a local model on the graphics card; 0 for none.",
        "whole", unset="as many as fit", most=10_000, step=1,
    ),
    Setting(
        "local.memory", "memory", _LOCAL, "Memory that the loaded local models may take together.", "size",
        unset="three quarters of what there is",
    ),
    Setting("aliases", "aliases", _HAND, "Names of your own for models.", "by hand", unset="none"),
    Setting("models", "models", _HAND, "What you know of a model: window, prices.", "by hand", unset="none"),
    Setting("local.models", "local models", _HAND, "GGUF files, or folders of them.", "by hand", unset="none"),
    Setting("mcp", "MCP servers", _HAND, "Programs and servers with tools for models; see chinwag mcp.", "by hand",
            unset="none"),
    Setting("library", "shared library", _HAND, "A PostgreSQL server on which machines share their chats.", "by hand",
            unset="none"),
    Setting("providers", "providers", _HAND, "Servers of your own, changes to known ones.", "by hand", unset="none"),
)  # fmt: skip

SETTINGS: dict[str, Setting] = {setting.key: setting for setting in _ROWS}
