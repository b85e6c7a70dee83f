"""TeX and the few HTML tags that models write: a formula that loses a backslash is another formula, or none."""

import re
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transcript.test_drawn_markdown import texts
from tests.unit.transcript.test_streamed_markdown import parts
from tui.app.styles import spell_keys
from tui.app.transcript.markdown.render import Renderer
from tui.app.transcript.markdown.splitter import Splitter
from tui.app.transcript.markdown.tex import drawn_formula

FORMULAS = [
    r"\( x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a} \)",
    r"\[ \begin{pmatrix} a & b \\ c & d \end{pmatrix} \{ x_1, x_2 \} \]",
    r"$\mathbf{x}_{i} + \mathbf{y}_{j}$",
    "$a * b * c$",
    "$p_1*q_1 + p_2*q_2$",
    "$n$",
    r"$$\sum_{i=1}^{n} x_i \, y_i = 100\%$$",
    r"\(\{a, b\} \subset *\)",
    r"$\`x`$",
]
DISPLAYS = [
    "\\[\n\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} \\{ x_1, x_2 \\}\n\\]",
    "$$\n\\sum_{i=1}^{n} x_i \\, y_i = 100\\%\n$$",
    "\\[\na\n- b\n+ c\n= d\n# e\n> f\n\\]",
    "$$\na_1\n---\nb_2\n\n1. c\n$$",
    "$$x = \\{\n*a*\n\\}$$",
]


@pytest.fixture
def no_pylatexenc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As it is without the extra `math`."""
    monkeypatch.setitem(sys.modules, "pylatexenc.latexwalker", None)
    drawn_formula.cache_clear()
    yield
    drawn_formula.cache_clear()


@pytest.fixture
def ascii_only() -> Iterator[None]:
    """As it is on a terminal that has no other signs."""
    spell_keys(in_words=True)
    yield
    spell_keys(in_words=False)


@pytest.mark.usefixtures("ascii_only")
@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (r"\(x_i^2 \le \alpha\)", r"\(x_i^2 \le \alpha\)"),
        (r"\(\frac{a+b}{2} = \text{mean}\)", "(a+b)/2 = mean"),
        ("10<sup>6</sup> H<sub>2</sub>O", "10^6 H_2O"),
    ],
)
def test_in_ascii_a_formula_has_no_other_signs_and_stays_the_same_formula(text: str, drawn: str) -> None:
    assert texts(text) == [drawn]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.usefixtures("no_pylatexenc")
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "around", ["{}", "Before {} after.", "- item {}", "> quote {}", "## Head {}", "| {} |\n|---|\n| x |"]
)
def test_not_one_character_of_a_formula_is_lost_or_styled(formula: str, around: str) -> None:
    assert squeezed(formula) in squeezed("".join(texts(around.format(formula), 90)))


@pytest.mark.usefixtures("no_pylatexenc")
@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("around", ["{}", "Before:\n{}\nAfter.", "Before.\n\n{}\n\nAfter."])
def test_a_display_keeps_every_line_of_it(display: str, around: str) -> None:
    drawn = texts(around.format(display), 90)
    lines = [line for line in display.split("\n") if line]
    assert [line for line in drawn if line and line not in ("Before:", "Before.", "After.")] == lines
    assert (drawn[-1] == "After.") == around.endswith("After.")


@pytest.mark.usefixtures("no_pylatexenc")
@pytest.mark.parametrize("formula", [*FORMULAS, *DISPLAYS])
def test_nothing_of_a_formula_is_lost_while_it_streams(formula: str) -> None:
    """Each prefix of it is drawn as it is; what is not decided yet may be missing at its end, but nothing inside it."""
    if formula in ("$a * b * c$", "$n$") or formula.startswith("$p_1"):
        return  # until it is closed, nothing tells it from prose
    splitter, renderer = Splitter(), Renderer()
    for index, character in enumerate(formula):
        splitter.feed(character)
        blocks = [*splitter.settle(), *splitter.tail()]
        drawn = "".join(row.text for block in blocks for row in renderer.rows(block, 90, splitter.references))
        if index > 2 and re.search(r"[\\^_{}]", formula[2 : index + 1]):
            so_far = squeezed(formula[: index + 1])
            assert so_far.startswith(squeezed(drawn)), f"{formula[: index + 1]!r} became {drawn!r}"


@pytest.mark.parametrize(
    ("tex", "drawn"),
    [
        (r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}", "x = (-b ± √(b² - 4ac))/2a"),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} \{ x_1, x_2 \}", "(a b; c d) { x₁, x₂ }"),
        (r"\sum_{i=1}^{n} x_i \, y_i = 100\%", "∑ᵢ₌₁ⁿ xᵢ yᵢ = 100%"),
        (r"\mathbf{x}_{i} + f'(x) \in \mathbb{R}^{10}", "𝐱ᵢ + f′(x) ∈ ℝ¹⁰"),
        (r"\lim_{x \to 0} \tfrac12 x + \frac{a}{b}c", "lim_(x→0) 1/2 x + (a/b)c"),
        (r"e^{-x^2}, 90^\circ, \sqrt[3]{x+1}", "e^(-x²), 90°, ∛(x+1)"),
        (r"\left\{ \text{if } x \right.", "{ if x"),
        (r"P(A \mid B) \ne \operatorname{rank}(\hat{y})", "P(A ∣ B) ≠ rank(\u0177)"),
    ],
)
def test_a_formula_is_drawn_in_unicode_and_means_the_same(tex: str, drawn: str) -> None:
    assert texts(f"Before \\({tex}\\) after.") == [f"Before {drawn} after."]
    assert texts(f"$$\n{tex}\n$$") == [drawn]


def test_an_alignment_has_its_lines() -> None:
    source = "\\[\n\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n\\]"
    assert texts(source) == ["a = b", "c = d"]


@pytest.mark.parametrize(
    "tex",
    [
        r"\unknown{a} b",
        r"\binom{n}{k}",
        r"\overline{AB}",
        r"\href{javascript:x}{y}",
        r"\input{/etc/passwd}",
        "x^{",
        "{" * 900,
    ],
)
def test_what_cannot_be_drawn_whole_is_shown_as_it_was_written(tex: str) -> None:
    assert squeezed("".join(texts(f"\\({tex}\\)"))) == squeezed(f"\\({tex}\\)")


@pytest.mark.parametrize(("opening", "closing"), [("\\(", "\\)"), ("$", "$"), ("$$", "$$"), ("\\[\n", "\n\\]")])
def test_a_formula_is_drawn_once_it_is_closed_and_never_before(opening: str, closing: str) -> None:
    splitter, renderer, text = Splitter(), Renderer(), f"Then {opening}\\alpha_1 + x^{{2}}{closing}"
    if "\n" in opening:
        text = text.removeprefix("Then ")
    for index, character in enumerate(text, 1):
        splitter.feed(character)
        blocks = [*splitter.settle(), *splitter.tail()]
        drawn = "".join(row.text for block in blocks for row in renderer.rows(block, 90, splitter.references))
        assert ("α" in drawn) == (index == len(text)), text[:index]
    assert "α₁ + x²" in drawn


@pytest.mark.parametrize(
    ("prose", "drawn"),
    [
        ("It costs $5 and $10.", "It costs $5 and $10."),
        ("From $5-$10, *really*.", "From $5-$10, really."),
        ("US$5 *or* US$6", "US$5 or US$6"),
        ("a $5/unit=$ b", "a $5/unit=$ b"),
        ("Set $HOME and *then* $PATH", "Set $HOME and then $PATH"),
        ("a \\* b \\_ c", "a * b _ c"),
        ("$ 5 *x* $", "$ 5 x $"),
        ("$$", "$$"),
        ("1 \\$ is *one*", "1 $ is one"),
    ],
)
def test_prices_and_escapes_stay_prose(prose: str, drawn: str) -> None:
    assert texts(prose) == [drawn]


def test_code_that_looks_like_tex_is_code() -> None:
    assert texts(r"`\(x\)` and `$a_1$`") == [r"\(x\) and $a_1$"]
    assert texts("```\n\\[\n- a\n\\]\n```")[1:] == [" \\[", " - a", " \\]"]


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", "<BR>"])
def test_a_break_breaks_the_line_in_a_paragraph_and_in_a_cell(tag: str) -> None:
    assert texts(f"one{tag}two") == ["one", "two"]
    assert texts(f"| A | B |\n|---|---|\n| one{tag}two | x |")[2:] == ["one   x", "two    "]
    assert texts(f"`one{tag}two`") == [f"one{tag}two"]


def test_a_column_is_as_wide_as_the_longest_line_of_a_cell() -> None:
    assert texts("| A | B |\n|---|---|\n| aaaa<br>bbbbbb | x |")[0] == "A        B"


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("H<sub>2</sub>O and x<sup>2</sup>", "H₂O and x²"),
        ("1<sup>st</sup> and log<sub>2</sub> n, x<sup>a/b</sup>", "1ˢᵗ and log₂ n, xa/b"),
        ("<sup>not closed 2", "not closed 2"),
        ("<kbd>Ctrl</kbd>+<kbd class='k'>C</kbd>", "Ctrl+C"),
        ("<summary>More</summary>", "More"),
        ("<b>bold</b> <script>x</script> <sub", "<b>bold</b> <script>x</script> <sub"),
        ("<subject> <supper>", "<subject> <supper>"),
    ],
)
def test_a_few_tags_go_and_every_other_one_is_text(source: str, drawn: str) -> None:
    assert texts(source) == [drawn]


def test_a_key_looks_like_code_up_to_its_closing_tag_and_stays_a_link() -> None:
    splitter = Splitter()
    splitter.feed("<kbd>Ctrl</kbd>+<kbd>**C**</kbd> and <kbd>open `</kbd>` </kbd> | [<kbd>x</kbd>](https://a.b)")
    row = Renderer().rows(splitter.finish()[0], 90, {})[0]
    styles = {span.text: span.style for span in row.spans}
    assert styles["Ctrl"] == "code" and styles["C"] == "strong code" and styles["+"] == ""
    assert next(span.action for span in row.spans if span.text == "x") == "link:https://a.b"


@pytest.mark.parametrize("lengths", [[1], [2, 3], [7]])
def test_tags_that_come_in_pieces_end_as_if_they_had_come_at_once(lengths: list[int]) -> None:
    text = (
        "| H<sub>2</sub>O | <kbd>C</kbd><br>x |\n|---|---|\n| a<sup>2</sup> | \\(x_1\\) |\n\nEnd<br/>of <kbd>it</kbd>."
    )
    splitter = Splitter()
    blocks = []
    for part in parts(text, lengths):
        splitter.feed(part)
        blocks += splitter.settle()
        splitter.tail()
    blocks += splitter.finish()
    drawn = [row.text for block in blocks for row in Renderer().rows(block, 90, splitter.references)]
    assert drawn == ["H₂O   C ", "      x ", "────────", "a²    x₁", "End", "of it."]


def test_details_leave_not_even_an_empty_row() -> None:
    source = "Before.\n\n<details>\n<summary>More</summary>\n\nHidden **text**.\n\n</details>\n\nAfter."
    assert texts(source) == ["Before.", "", "More", "", "Hidden text.", "", "After."]


@given(st.text(alphabet="$\\()[]{}_*^ a5\n<br/>`", max_size=80))
def test_no_mixture_of_these_signs_breaks_the_drawing(text: str) -> None:
    texts(text)


def fences(text: str) -> list[str]:
    """The sources of the fences of a text."""
    splitter = Splitter()
    splitter.feed(text)
    return [block.source for block in splitter.finish() if block.kind == "code"]


@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
@pytest.mark.parametrize("info", ["markdown", "md", "{.markdown}", "Markdown title=x"])
def test_fences_inside_a_fence_of_markdown_do_not_end_it(mark: str, info: str) -> None:
    inside = f"# Head\n{mark}python\nprint(1)\n{mark}\ntext\n{mark}sh\nls\n{mark}\nend"
    assert fences(f"{mark}{info}\n{inside}\n{mark}\n\nAfter.") == [inside]


def test_inner_fences_nest_and_a_bare_one_closes_the_innermost() -> None:
    inside = "```md\n```py\nx\n```\n```"
    assert fences(f"```markdown\n{inside}\n```\nAfter.") == [inside]


def test_other_code_is_ended_by_the_first_bare_fence() -> None:
    assert fences("```python\n```js\nx\n```\nAfter.") == ["```js\nx"]


def test_a_long_fence_of_markdown_is_cut_into_blocks_that_know_what_is_open_inside() -> None:
    inside = "\n".join(f"```py\nline {number}\n```" for number in range(200))
    assert "\n".join(fences(f"```markdown\n{inside}\n```\nAfter.")) == inside
