"""Which keys every command has, and how they get onto a screen."""

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen

from tui.app.commands import BY_ID, DEFAULT_KEYS, bindings, key_text
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.commands import Scope


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of every command, by its full id; the first one is the one that is shown.

    Attributes:
        doubtful: those that may not arrive in this terminal, and are shown only where there is no other.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_KEYS)
    doubtful: frozenset[str] = frozenset()

    def __getitem__(self, id: str) -> tuple[str, ...]:
        """The keys of a command; () for none."""
        return self.keys[id]

    @property
    def changed(self) -> bool:
        """Whether any command has other keys than those of the table."""
        return self.keys != DEFAULT_KEYS

    def shown(self, id: str, among: Collection[str] | None = None) -> str:
        """The key to print beside a command: the first one that surely arrives here; "" for a command without.

        Args:
            id: the full id of the command.
            among: the keys that act now; None for all.
        """
        keys = [key for key in self.keys[id] if among is None or key in among]
        sure = (key for key in keys if key not in self.doubtful)
        return key_text(next(sure, keys[0])) if keys else ""


def spellings_of(keymap: Keymap, id: str, usual: frozenset[str]) -> frozenset[str]:
    """All names under which the keys of a command may arrive; `usual` are those of its keys in the table."""
    keys = keymap[id]
    if keys == DEFAULT_KEYS[id]:
        return usual
    return frozenset(keys) | {f"{key[:-5]}\r" for key in keys if key in ("shift+enter", "ctrl+enter")}


def take_keys(screen: Screen[Any]) -> None:
    """Give a screen that has just been mounted the keys of its app, where those are not the usual ones."""
    keymap = getattr(screen.app, "keymap", None)
    if isinstance(keymap, Keymap) and keymap.changed:
        put_on(screen, keymap)


def put_on(root: DOMNode, keymap: Keymap) -> None:
    """Give a node, and all that is in it now, the keys of a keymap."""
    for node in root.walk_children(with_self=True):
        _rebind(node, keymap)


def _rebind(node: DOMNode, keymap: Keymap) -> None:
    # Textual's own `set_keymap` cannot leave a command without a key, drops what shares a key with a moved command,
    # and lets keys that a text field takes for text through to the app.
    table = type(node)._merged_bindings
    # Those of a subclass first: its commands go before others of the same key.
    own = (one for kind in type(node).__mro__ for one in vars(kind).get("BINDINGS", ()) if isinstance(one, Binding))
    scopes = dict.fromkeys(scope for one in own if (scope := _scope(one)) is not None)
    if table is None or not scopes:
        return
    ours = BindingsMap(one for scope in scopes for one in bindings(scope, keymap.keys))
    theirs = {
        key: [one for one in found if _scope(one) is None]
        for key, found in table.key_to_bindings.items()
        if key not in ours.key_to_bindings
    }
    kept = {key: found for key, found in theirs.items() if found}
    node._bindings = BindingsMap.from_keys(ours.key_to_bindings | kept)


def _scope(binding: Binding) -> "Scope | None":
    """Whose command a binding is; None when it is of no command of the table."""
    command = BY_ID.get(binding.id or "")
    return command.scope if command else None
