"""Thoughts inside a text, with and without an opening tag. Lost else: an answer shown as thoughts, or the other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recordings import Outcome, replay
from tests.support.wire_bytes import lines_bytes, sse_bytes
from tui.agent.messages import TextPart, ThinkingPart
from tui.agent.providers import VENDORS
from tui.agent.wire.thoughts import ThinkSplitter


def split(*deltas: str, unopened: bool = True) -> tuple[str, str]:
    """The thoughts and the answer that a text comes to."""
    splitter = ThinkSplitter(unopened=unopened)
    thoughts = text = ""
    for piece in [*(piece for delta in deltas for piece in splitter.push(delta)), *splitter.flush()]:
        match piece:
            case "thought", content:
                thoughts += content
            case "text", content:
                assert content
                text += content
            case "turn", content:
                thoughts, text = text + content, ""
    return thoughts, text


OPENED = [
    ("<think>hm\n</think>\n\nYes.", ("hm\n", "Yes.")),
    ("  \n<think>\nhm</think>Yes.", ("hm", "Yes.")),
    ("<think>cut off", ("cut off", "")),
    ("<think></think>Yes.", ("", "Yes.")),
    ("<think>a < b </thin k</think>Yes. </think>", ("a < b </thin k", "Yes. </think>")),
    ("<think>\none\n</think>\n\ntwo\n</think>\n\nthree", ("one\n", "two\n</think>\n\nthree")),
]
UNOPENED = [
    ("hm\n</think>\n\nYes.", ("hm\n", "Yes.")),
    ("Okay, so.\n\nLet me see.\n</think>\n\nYes.", ("Okay, so.\n\nLet me see.\n", "Yes.")),
    ("hm.</think>\n\nYes.", ("hm.", "Yes.")),
    ("hm. </think>\nYes.", ("hm. ", "Yes.")),
    ("hm</think>Yes.", ("hm", "Yes.")),
    ("hm.</think> Yes.", ("hm.", " Yes.")),
    ("hm\n</think>**Yes.**", ("hm\n", "**Yes.**")),
    ("hm\r\n</think>\r\n\r\nYes.", ("hm\r\n", "Yes.")),
    ("\n</think>\n\nYes.", ("", "Yes.")),
    ("</think>\n\nYes.", ("", "Yes.")),
    ("\n</think> \nYes.", ("", " \nYes.")),
    ("hm\n</think>", ("hm\n", "")),
    ("想好了。</think>\n\n好。", ("想好了。", "好。")),
    ("It asks about `</think>`.\n</think>\n\nIt ends thoughts.", ("It asks about `</think>`.\n", "It ends thoughts.")),
    ("It asks what <think> is.\n</think>\n\nA tag.", ("It asks what <think> is.\n", "A tag.")),
    ("Try:\n```py\nx = 1 < 2\n```\nGood.\n</think>\n\nYes.", ("Try:\n```py\nx = 1 < 2\n```\nGood.\n", "Yes.")),
    ("hm\n</think>\n\nClose it with\n</think>\n", ("hm\n", "Close it with\n</think>\n")),
]
ANSWERS = [
    "The tag <think>x</think> opens thoughts.",
    "<thinking>other</thinking>",
    "You close it with `</think>`.",
    "`</think>` ends it.",
    "The closing tag is </think>, which ends the thoughts.",
    "The closing tag is </think>",
    "A model ends its thoughts with </think> and goes on.",
    "They end with </think>\nand the answer follows.",
    'It writes “</think>” and (</think>) and "</think>".',
    "Like this:\n\n```\nhm\n</think>\nYes.\n```\n\nDone.",
    "Like this:\n\n~~~xml\n</think>\n~~~\n",
    "Like this:\n\n````\n```\n</think>\n```\n</think>\n````\n",
    "Like this:\n\n    </think>\n",
    "Like this:\n\n<think>\nhm\n</think>\n\nThen the answer.",
    "> </think>\n\nis a quote.",
    "| tag |\n|---|\n| </think> |\n",
    "# The tag </think>\n\nIt ends thoughts.",
    "- <think>\n- </think>\n",
    "The end:\n</think> is written last.",
    "</think> is the closing tag.",
    "结束标签是</think>\n就这样。",
    "用</think>来结束。",
    "<",
    "a < b",
    "a </thin",
    "  ",
    "",
]


@pytest.mark.parametrize(("text", "expected"), [*OPENED, *UNOPENED, *((text, ("", text)) for text in ANSWERS)])
def test_thoughts_are_parted_from_the_answer_wherever_the_tags_are_cut(text: str, expected: tuple[str, str]) -> None:
    assert split(text) == expected
    assert split(*text) == expected
    for cut in range(len(text)):
        assert split(text[:cut], text[cut:]) == expected


@pytest.mark.parametrize(("text", "expected"), OPENED)
def test_opened_thoughts_are_parted_for_every_vendor(text: str, expected: tuple[str, str]) -> None:
    assert split(*text, unopened=False) == expected


@pytest.mark.parametrize("text", [text for text, _ in UNOPENED])
def test_where_thoughts_come_apart_a_closing_tag_is_text(text: str) -> None:
    assert split(*text, unopened=False) == ("", text)


@given(
    st.lists(st.sampled_from(["a", "\n", " ", "`", "```", "<think>", "</think>", "</", "<", ".", "語"]), max_size=14)
)
def test_nothing_is_lost_and_no_cut_matters(pieces: list[str]) -> None:
    text = "".join(pieces)
    thoughts, answer = split(text)
    assert split(*pieces) == split(*text) == (thoughts, answer)
    if not text.lstrip().startswith("<think>"):
        assert text.startswith(thoughts) and text.endswith(answer)


def test_many_tags_do_not_slow_an_answer_down() -> None:
    text = "`</think>` and so on. " * 20_000
    assert split(*[text[start : start + 7] for start in range(0, len(text), 7)]) == ("", text)


TOLD = ["The user", " greets.", "\n</th", "ink>", "\n\n", "Hel", "lo."]


async def ask(deltas: list[str], vendor: str, **fields: str) -> Outcome:
    """The answer of a server that streams these deltas."""
    if vendor == "ollama":
        lines = [{"message": {"content": delta, **fields}, "done": False} for delta in deltas]
        return await replay(VENDORS[vendor], lines_bytes(*lines, {"done": True, "done_reason": "stop"}))
    chunks = [{"choices": [{"delta": {"content": delta, **fields}}]} for delta in deltas]
    return await replay(VENDORS[vendor], sse_bytes(*chunks, {"choices": [{"delta": {}, "finish_reason": "stop"}]}))


@pytest.mark.parametrize("vendor", ["vllm", "llamacpp", "together", "openrouter", "ollama", "groq"])
async def test_a_response_with_unopened_thoughts_has_them_as_a_part(vendor: str) -> None:
    outcome = await ask(TOLD, vendor)
    assert outcome.error is None and outcome.response is not None
    thoughts, answer = outcome.response.parts
    assert isinstance(thoughts, ThinkingPart) and isinstance(answer, TextPart)
    assert (thoughts.content, answer.content) == ("The user greets.\n", "Hello.")
    assert (thoughts.provider_name, thoughts.provider_details) == (vendor, {"model": "a-model"})


@pytest.mark.parametrize("vendor", ["openai", "mistral", "xai", "deepseek", "zai"])
async def test_vendors_that_part_thoughts_themselves_mean_what_they_write(vendor: str) -> None:
    outcome = await ask(TOLD, vendor)
    assert (outcome.thinking, outcome.text) == ("", "".join(TOLD))


async def test_a_tag_after_thoughts_of_their_own_is_text() -> None:
    outcome = await ask(["Use\n", "</think>\n", "to close."], "vllm", reasoning_content="hm ")
    assert (outcome.thinking, outcome.text) == ("hm " * 3, "Use\n</think>\nto close.")
