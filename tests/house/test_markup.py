"""No text from outside reaches a parser of markup, a link or an action, and every module that draws is known.

Static, Label, notify and their kin parse `[...]`: a title such as "[@click=app.quit]" would be a button, and "[/x]" the
end of the program. Only `Content`, and `Text` of Rich, take a text as it is.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.support.doors import called, sources
from tests.support.sinks import DRAWS

PARSING = frozenset({
    "Static", "Label", "Button", "Checkbox", "RadioButton", "Option", "SelectionList", "Select", "Tab", "TabPane",
    "Link", "Collapsible", "Tooltip", "Toast", "add_option", "add_row", "add_column", "add_leaf", "add_node", "notify",
})  # fmt: skip
ATTRIBUTES = frozenset({"border_title", "border_subtitle", "tooltip", "sub_title", "label"})
NEVER = frozenset({"from_markup", "render_markup", "to_content", "MarkdownViewer", "Markdown", "RichLog", "Pretty"})
"""What parses, or draws what it is given as it likes."""
DRAWING = frozenset({
    "Content", "styled", "assemble", "Segment", "Strip", "notify", "from_text", "Text", "Static", "Label",
})  # fmt: skip


def app() -> Iterator[tuple[str, ast.Module]]:
    return ((path, tree) for path, tree in sources() if path.startswith("tui/app/"))


def is_harmless(text: ast.expr) -> bool:
    """Words of ours, or what takes words as they are."""
    return isinstance(text, ast.Constant) or (isinstance(text, ast.Call) and "ontent" in ast.unparse(text.func))


def markup_is_off(call: ast.Call) -> bool:
    return any(
        word.arg == "markup" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in call.keywords
    )


def parsed(tree: ast.Module) -> Iterator[ast.AST]:
    """Where a text that is not ours goes to a parser."""
    for node in ast.walk(tree):
        match node:
            case ast.Call() if parses(node):
                yield node
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name in ATTRIBUTES:
                if not is_harmless(value):
                    yield node
            case ast.FunctionDef(name="render", returns=ast.expr() as kind) if "str" in ast.unparse(kind):
                yield node  # Textual parses what a widget renders as text
            case ast.Constant(value=str(text)) if "[@click" in text:
                yield node


def parses(call: ast.Call) -> bool:
    name, words = called(call), {word.arg for word in call.keywords}
    texts = [*call.args[:1], *(word.value for word in call.keywords if word.arg in ("title", "label"))]
    if name in PARSING:
        return not markup_is_off(call) and not all(map(is_harmless, texts))
    return name in NEVER or (name in ("Style", "stylize") and bool(words & {"link", "meta"}))


def test_no_text_from_outside_reaches_a_parser_of_markup() -> None:
    found = [f"{path}:{node.lineno}: {ast.unparse(node)[:90]}" for path, tree in app() for node in parsed(tree)]  # type: ignore[attr-defined]
    assert not found, found


@pytest.mark.parametrize(
    "source",
    [
        "Static(title)", "Label(f'{name}')", "self.notify(text)", "self.notify('x', title=name)",
        "widget.tooltip = text", "Content.from_markup(text)", "pane.border_title = name",
        "def render(self) -> str: ...", "Style(link=url)",
        "options.add_option(name)", "text = '[@click=app.quit]x[/]'",
    ],
)  # fmt: skip
def test_the_look_above_sees_what_it_is_for(source: str) -> None:
    assert [*parsed(ast.parse(source))]


def test_every_module_that_draws_is_in_the_list_of_sinks() -> None:
    drawing = {
        path
        for path, tree in app()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in DRAWING and node.args and not is_own(node.args[0])
    }
    assert drawing == set(DRAWS), "add it to tests/support/sinks.py, and have the battery `screens` go there"


def is_own(text: ast.expr) -> bool:
    return isinstance(text, ast.Constant | ast.Starred)
