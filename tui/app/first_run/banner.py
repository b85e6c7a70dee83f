"""The head of it: the name, and what is promised."""

from textual.content import Content
from typing_extensions import override

from tui.app.styles import StyledText, fit, styled

_LOGO = (
    ("╭─╴ ╷ ╷ ╷ ╭─╮", " ╷ ╷ ╭─╮ ╭─╴"),
    ("│   ├─┤ │ │ │", " │╷│ ├─┤ │ ╮"),
    ("╰─╴ ╵ ╵ ╵ ╵ ╵", " ╰┴╯ ╵ ╵ ╰─╯"),
)
_LOGO_CELLS = 25
_SLOGAN = "Talk to any model."
_PROMISE = "Nothing you write leaves this machine until you press send."
_CHECKS = "A key found here is checked with its own provider only."


class Banner(StyledText):
    """Three lines; the name gives way where there is no room for both."""

    DEFAULT_CSS = "Banner { height: 3; }"

    @override
    def render(self) -> Content:
        with_logo = self.size.width >= 2 + _LOGO_CELLS + 5 + len(_PROMISE)
        sentences = (styled(_SLOGAN, "strong"), styled(_PROMISE, "muted"), styled(_CHECKS, "muted"))
        lines = []
        for (chin, wag), sentence in zip(_LOGO, sentences, strict=True):
            logo = (styled(chin, "you"), styled(wag, "model"), "     ") if with_logo else ()
            lines.append(fit(Content.assemble("  ", *logo, sentence), self.size.width))
        return Content("\n").join(lines)
