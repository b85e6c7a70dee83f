"""TeX and the few HTML tags that models write: a formula that loses a backslash is another formula, or none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transcript.test_drawn_markdown import texts
from tui.app.transcript.markdown.render import Renderer
from tui.app.transcript.markdown.splitter import Splitter

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


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "around", ["{}", "Before {} after.", "- item {}", "> quote {}", "## Head {}", "| {} |\n|---|\n| x |"]
)
def test_not_one_character_of_a_formula_is_lost_or_styled(formula: str, around: str) -> None:
    assert squeezed(formula) in squeezed("".join(texts(around.format(formula), 90)))


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("around", ["{}", "Before:\n{}\nAfter.", "Before.\n\n{}\n\nAfter."])
def test_a_display_keeps_every_line_of_it(display: str, around: str) -> None:
    drawn = texts(around.format(display), 90)
    lines = [line for line in display.split("\n") if line]
    assert [line for line in drawn if line and line not in ("Before:", "Before.", "After.")] == lines
    assert (drawn[-1] == "After.") == around.endswith("After.")


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
    ("prose", "drawn"),
    [
        ("It costs $5 and $10.", "It costs $5 and $10."),
        ("From $5-$10, *really*.", "From $5-$10, really."),
        ("US$5 *or* US$6", "US$5 or US$6"),
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
        ("H<sub>2</sub>O and x<sup>2</sup>", "H2O and x2"),
        ("<kbd>Ctrl</kbd>+<kbd class='k'>C</kbd>", "Ctrl+C"),
        ("<summary>More</summary>", "More"),
        ("<b>bold</b> <script>x</script> <sub", "<b>bold</b> <script>x</script> <sub"),
        ("<subject> <supper>", "<subject> <supper>"),
    ],
)
def test_a_few_tags_go_and_every_other_one_is_text(source: str, drawn: str) -> None:
    assert texts(source) == [drawn]


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
