"""Where a secret is taken out of its `Secret`, and that none of these places puts it into words."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.doors import called, sources
from tui.agent.secret import Secret

REVEALED = {
    "tui/agent/providers/provider.py": "what is sent, and what errors must not say",
    "tui/agent/providers/hub.py": "what is sent, and what errors must not say",
    "tui/app/dialogs/add_key.py": "what was pasted, to be told which provider's it is",
    "tui/app/dialogs/add_server.py": "what was pasted, to be kept",
    "tui/chat/catalog/listings.py": "for the provider that sends it",
    "tui/chat/credentials/lookup.py": "for a tool server's reference; the keyring's, to be checked",
    "tui/chat/credentials/store.py": "what is written to the private file, or into the keyring",
    "tui/chat/sharing.py": "for the server of a shared library",
    "tui/chat/setup.py": "for the provider that checks it, and what its answer must not say",
    "tui/config/providers.py": "for the file that the person writes by hand, when it is copied",
}
"""Modules that take one out, and what for."""
SENT = {"tui/agent/providers/provider.py", "tui/agent/providers/hub.py"}
"""Where it stands in a header, which is text."""
SPEAKING = frozenset({
    "print", "print_note", "print_output", "format", "info", "warning", "error", "exception", "critical", "debug",
    "notify", "clean",
    "clean_line", "styled", "str", "repr", "ChinwagError", "ConfigError", "UsageError", "ModelAPIError",
})  # fmt: skip
"""Calls whose arguments somebody reads."""


def revealing(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call) and called(node) == "reveal" and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) not in ("self", "self._host", "view.presenter")
        for node in ast.walk(tree)
    )  # fmt: skip


def spoken(tree: ast.Module) -> Iterator[ast.AST]:
    """Where a secret that was taken out, or a name that it was given, is put into words."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        names = {target.id for node in ast.walk(function) for target, value in _assigned(node) if _bare(value)}
        for node in ast.walk(function):
            if _puts_into_words(node) and any(_is_secret(part, names) for part in _said(node)):
                yield node


def _assigned(node: ast.AST) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Names, and what each is given."""
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=False))
        else:
            pairs = [(target, node.value)]
        yield from ((one, value) for one, value in pairs if isinstance(one, ast.Name))


def _bare(value: ast.expr) -> bool:
    """The secret itself, or a part of it; not whether there is one, nor what was made of it."""
    return (isinstance(value, ast.Call) and called(value) == "reveal") or (
        isinstance(value, ast.IfExp) and (_bare(value.body) or _bare(value.orelse))
    )


def _puts_into_words(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or called(node) in SPEAKING or isinstance(node, ast.BinOp)


def _said(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.JoinedStr(values=values):
            return [part.value for part in values if isinstance(part, ast.FormattedValue)]
        case ast.Call(args=given, keywords=named):
            return [*given, *(word.value for word in named)]
        case ast.BinOp(op=ast.Mod() | ast.Add(), left=left, right=right):
            return [left, *(right.elts if isinstance(right, ast.Tuple) else [right])]
    return []


def _is_secret(part: ast.expr, names: set[str]) -> bool:
    return _bare(part) or (isinstance(part, ast.Name) and part.id in names)


def test_every_place_that_takes_a_secret_out_is_known() -> None:
    assert {path for path, tree in sources() if revealing(tree)} == set(REVEALED)


def test_none_of_them_puts_it_into_words() -> None:
    found = [
        f"{path}: {ast.unparse(node)[:80]}"
        for path, tree in sources()
        if path in REVEALED and path not in SENT
        for node in spoken(tree)
    ]
    assert not found


def test_those_that_send_it_put_it_into_a_header_and_nowhere_else() -> None:
    said = [ast.unparse(node) for path, tree in sources() if path in SENT for node in spoken(tree)]
    assert set(said) <= {"f'Bearer {key}'", "f'Bearer {self._token.reveal()}'"}


@pytest.mark.parametrize(
    "source",
    ["f'{key.reveal()}'", "print(key.reveal())", "x = key.reveal()\n    log.info('%s', x)", "'a' + key.reveal()"],
)
def test_the_look_above_sees_what_it_is_for(source: str) -> None:
    assert [*spoken(ast.parse(f"def f():\n    {source}"))]


@pytest.mark.parametrize("text", [str, repr, "{}".format, "{!s}".format, ascii, "%s".__mod__])
def test_a_secret_that_reaches_words_after_all_says_nothing(text: object) -> None:
    assert callable(text) and "canary" not in text(Secret("canary"))
