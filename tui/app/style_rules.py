"""How Textual 8.2.8 looks up the rules of its style sheets, made cheaper."""

from collections.abc import Hashable
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

from textual.css.model import RuleSet, SelectorType
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from typing_extensions import override


class _Deciding(NamedTuple):
    """The rules for the components of a kind of widget, and what of the nodes above decides whether they hold."""

    rules: tuple[RuleSet, ...]
    classes: frozenset[str]
    pseudo_classes: tuple[str, ...]


_found: WeakKeyDictionary[Stylesheet, tuple[dict[str, list[RuleSet]], dict[frozenset[str], _Deciding]]]
_found = WeakKeyDictionary()
_styled: WeakKeyDictionary[DOMNode, Hashable] = WeakKeyDictionary()


def hash_rules_fast() -> None:
    """Hash a rule by what it is, without a call. Safe to call twice.

    Each widget that is restyled puts its rules into a set, 44,000 in a start of the app; Textual hashes each by a
    function that says the same, which was a thirtieth of the CPU of starts and dialogs.
    """
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]


def style_components_once() -> None:
    """Style a component of a widget when it is asked for, and anew only when what its rules ask for has changed.

    Textual styles all of them each time that the widget is styled, at each change of the focus near it, by a node for
    each: seven of ten nodes that were styled in a start of the app, and an eighth of its CPU. Three of four are
    never asked for in an empty chat. Safe to call twice.
    """
    Stylesheet._process_component_classes = _process_changed  # type: ignore[method-assign, assignment]


class _Components(dict[str, RenderStyles]):
    """The styles of a widget's components, each from when it was first asked for."""

    def __init__(self, sheet: Stylesheet, node: DOMNode, names: frozenset[str]) -> None:
        super().__init__()
        self._sheet, self._node, self._names = sheet, ref(node), names

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        node = self._node()
        if node is None or name not in self._names:
            raise KeyError(name)
        component = DOMNode(classes=name)
        component._attach(node)
        self._sheet.apply(component, animate=False)
        self[name] = component.styles
        return component.styles


def _process_changed(sheet: Stylesheet, node: DOMNode) -> None:
    names = node._get_component_classes()
    if not names:
        return
    rules, classes, pseudo_classes = _deciding(sheet, names)
    state = (
        rules,
        tuple(
            (one._css_type_names, one.id, one._classes & classes, *map(one.has_pseudo_class, pseudo_classes))
            for one in node.css_path_nodes
        ),
    )
    if _styled.get(node) != state:
        before = node._component_styles
        after = node._component_styles = _Components(sheet, node, names)
        _styled[node] = state
        if not isinstance(before, _Components) or any(after[name] != styles for name, styles in before.items()):
            node.refresh()


def _deciding(sheet: Stylesheet, components: frozenset[str]) -> _Deciding:
    rules_map = sheet.rules_map
    known = _found.get(sheet)
    if known is None or known[0] is not rules_map:
        known = _found[sheet] = (rules_map, {})
    if components not in known[1]:
        known[1][components] = _what_decides(rules_map, components)
    return known[1][components]


def _what_decides(rules_map: dict[str, list[RuleSet]], components: frozenset[str]) -> _Deciding:
    names = ["*", "DOMNode", *(f".{component}" for component in sorted(components))]
    rules = tuple(rule for name in names for rule in rules_map.get(name, ()))
    selectors = [
        selector
        for rule in rules
        for one in rule.selector_set
        if not one.selectors[-1].pseudo_classes  # a component is never in one
        for selector in one.selectors
    ]
    classes = frozenset(selector.name for selector in selectors if selector.type is SelectorType.CLASS)
    return _Deciding(rules, classes, tuple(sorted({name for one in selectors for name in one.pseudo_classes})))
