"""What an empty chat shows: who will answer, and the keys to begin with."""

from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import BY_ID
from tui.app.keymap.keymap import Keymap
from tui.app.styles import BLANK, StyledText, join, key_hint, styled
from tui.text import clean_line

_ADD_KEY = BY_ID["chat.add_key"].slash[0]
_COMMANDS = ("chat.switch_model", "layout.inspector", "app.palette", "app.help")


class Welcome(StyledText):
    """Two lines, or three; a narrow screen wraps them.

    Attributes:
        shown: whether the chat is empty. A class of the whole screen would restyle and redraw all of it.
        model: the name of the model that answers next.
        note: a remark on it, such as that it is not configured; "" for none.
        keyless: it runs on this machine, and there is no key to ask another one with.
    """

    DEFAULT_CSS = "Welcome { height: auto; padding: 1 4; display: none; }"

    shown: reactive[bool] = reactive(False, repaint=False, toggle_class="-shown")
    model: reactive[str] = reactive("", layout=True)
    note: reactive[str] = reactive("", layout=True)
    keyless: reactive[bool] = reactive(False, layout=True)
    keymap: reactive[Keymap] = reactive(Keymap)

    @override
    def render(self) -> Content:
        name = styled(clean_line(self.model, 60), "model-name")
        note = styled(f"· {clean_line(self.note, 60)}" if self.note else "", "muted")
        model = join([styled("◆", "bar-model"), name, styled("answers next", "muted"), note])
        keys = join([key_hint(self.keymap.shown(id), BY_ID[id].label) for id in _COMMANDS], 3)
        lines = [model, BLANK, keys]
        if self.keyless:
            lines += [BLANK, key_hint(f"/{_ADD_KEY}", "adds an API key, for OpenAI, Anthropic and others")]
        return Content("\n").join(lines)
