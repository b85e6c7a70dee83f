"""Who stands between the keyboard and the app, and which keys they keep to themselves; as far as the environment tells.

What is guessed here is shown as a doubt, and never keeps a key from being bound: anybody may have changed their keys.
"""

from collections.abc import Mapping

from tui.app.keymap.arrivals import arrives_as, arrives_with_protocol
from tui.app.keymap.names import is_text
from tui.dataclass import dataclass

_MULTIPLEXERS = ("TMUX", "STY", "ZELLIJ")
_WITH_PROTOCOL = {"xterm-kitty", "xterm-ghostty", "foot", "foot-extra", "ghostty", "kitty", "rio"}
"""TERM or TERM_PROGRAM of terminals whose Kitty protocol is there without being switched on by hand."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """A program that takes keys before the app gets them.

    Attributes:
        takes: the keys that it takes unless its own settings say otherwise.
    """

    name: str
    takes: frozenset[str]


_TMUX = Keeper("tmux", frozenset({"ctrl+b"}))
_SCREEN = Keeper("screen", frozenset({"ctrl+a"}))
_ZELLIJ = Keeper(
    "Zellij",
    frozenset({f"ctrl+{letter}" for letter in "bghnopqst"} | {f"alt+{letter}" for letter in "fhijklno"})
    | {"alt+up", "alt+down", "alt+left", "alt+right", "alt+equals_sign", "alt+minus", "alt+plus"},
)
_VSCODE = Keeper("VS Code", frozenset({"ctrl+p", "f1", "f11"}))
_VTE = Keeper("this terminal's window", frozenset({"f10", "f11"}))
_WINDOWS = Keeper("Windows Terminal", frozenset({"alt+enter", "f11", "ctrl+tab", "ctrl+shift+tab"}))
_BROWSER = Keeper("the browser", frozenset({"ctrl+n", "ctrl+t", "ctrl+w", "ctrl+tab", "ctrl+shift+tab", "f11"}))
_MACOS = Keeper("macOS", frozenset({"f11", "ctrl+up", "ctrl+down", "ctrl+left", "ctrl+right"}))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the way that a key takes.

    Attributes:
        protocol: whether the terminal speaks the Kitty protocol, which tells all keys apart.
        keepers: who takes keys on the way.
        alt_types: whether alt types signs instead of being a modifier, as Terminal of macOS has it.
    """

    protocol: bool = False
    keepers: tuple[Keeper, ...] = ()
    alt_types: bool = False

    @property
    def names(self) -> str:
        """Who stands there, in words; "" for nobody who is known."""
        return ", ".join(keeper.name for keeper in self.keepers)

    @property
    def taken(self) -> frozenset[str]:
        """All keys that somebody takes on the way."""
        return frozenset().union(*(keeper.takes for keeper in self.keepers))

    def doubt(self, key: str) -> str:
        """Why a key may not arrive here, half a sentence; "" when nothing is known against it."""
        for keeper in self.keepers:
            if key in keeper.takes:
                return f"{keeper.name} keeps it for itself"
        arrives = arrives_with_protocol(key) if self.protocol else arrives_as(key)
        if not arrives:
            return "cannot be told from other keys in this terminal"
        if arrives != key:
            return f"arrives as {arrives} in this terminal"
        if self.alt_types and key.startswith("alt+") and is_text(key[4:]):
            return "types a sign, unless Terminal's settings use Option as Meta"
        return ""


def surroundings(environ: Mapping[str, str]) -> Surroundings:
    """What the variables of the environment tell."""
    inside = any(environ.get(name) for name in _MULTIPLEXERS)
    terminal = {environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")}
    keepers = {
        _TMUX: environ.get("TMUX"),
        _SCREEN: environ.get("STY"),
        _ZELLIJ: environ.get("ZELLIJ"),
        _VSCODE: "vscode" in terminal,
        _VTE: environ.get("VTE_VERSION"),
        _WINDOWS: environ.get("WT_SESSION"),
        _BROWSER: "textual" in terminal,  # as whoever serves an app of Textual calls itself
        _MACOS: {"Apple_Terminal", "iTerm.app"} & terminal,
    }
    return Surroundings(
        protocol=not inside and bool(_WITH_PROTOCOL & terminal),
        keepers=tuple(keeper for keeper, there in keepers.items() if there),
        alt_types="Apple_Terminal" in terminal,
    )
