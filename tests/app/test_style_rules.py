"""What is styled only once is always as it would be if it were styled anew."""

from pathlib import Path

from textual.css.stylesheet import Stylesheet
from textual.widget import Widget

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app import style_rules


async def test_the_parts_of_every_widget_are_as_their_rules_say_wherever_the_focus_is(tmp_path: Path) -> None:
    """Else a cursor would stay bright in a field that was left, or a list keep the colours of another theme."""
    async with running(tmp_path, ScriptedModel(["Hi."])) as here:
        assert Stylesheet._process_component_classes is style_rules._process_changed
        await here.ask("Hello")
        seen = [styles_of(here)]
        for press in ("ctrl+s", "slash", "escape", "ctrl+l", "escape", "f4", "escape", "ctrl+t"):
            await here.pilot.press(press)
            seen.append(styles_of(here))
        here.app.theme = "github-light"
        await here.pilot.pause()
        seen.append(styles_of(here))
        await here.pilot.resize_terminal(50, 12)
        seen.append(styles_of(here))
        here.app.app_focus = False
        await here.pilot.pause()
        seen.append(styles_of(here))
        assert seen[-3] != seen[0] and len(seen) == 12


def styles_of(here: Running) -> dict[str, str]:
    """The styles of every part of every widget, which are compared with those that a new look at the rules gives."""
    sheet = here.app.stylesheet
    found: dict[str, str] = {}
    for screen in here.app.screen_stack:
        for node in screen.walk_children(Widget, with_self=True):
            names = node._get_component_classes()
            kept = {name: node._component_styles[name].css for name in names}
            fresh = style_rules._Components(sheet, node, names)
            assert kept == {name: fresh[name].css for name in names}, node
            found.update({f"{node!r} {name}": css for name, css in kept.items()})
    return found
