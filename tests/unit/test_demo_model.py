"""Someone without a key would have nothing to try, or would take the guide for a model."""

import re
import time

import pytest
from markdown_it import MarkdownIt

from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.demo import LABEL, DemoModel, choose, explain, pages
from tui.agent.settings import ModelSettings

PLAIN = ModelRequestParameters([], True, [])


def asked(question: str) -> list[ModelMessage]:
    return [ModelRequest([UserPromptPart(question)])]


async def answered(question: str, **settings: object) -> ModelResponse:
    model = DemoModel(words_per_s=0)
    async with model.request_stream(asked(question), ModelSettings(**settings), PLAIN) as stream:  # type: ignore[typeddict-item]
        async for _ in stream:
            pass
        return stream.get()


def text_of(response: ModelResponse) -> str:
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


def thinking_of(response: ModelResponse) -> str:
    return "".join(part.content for part in response.parts if isinstance(part, ThinkingPart))


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("hello", "welcome"),
        ("Hi!", "welcome"),
        ("What is this?", "welcome"),
        ("What can you do", "welcome"),
        ("Which keys are there?", "keys"),
        ("show me the keyboard shortcuts", "keys"),
        ("How do I begin a new line?", "keys"),
        ("How do I switch models?", "switching"),
        ("can I change the model in the middle of a chat", "switching"),
        ("How do I add a key?", "providers"),
        ("where do I put my OpenAI API key", "providers"),
        ("how do I add a server?", "providers"),
        ("Can I use ollama", "providers"),
        ("what about local models?", "local"),
        ("Does it run offline?", "local"),
        ("what does the meter say?", "meter"),
        ("How much does this cost?", "meter"),
        ("How do I export a chat?", "export"),
        ("save this conversation as JSON", "export"),
        ("I want a light theme", "themes"),
        ("Is this private? Where is my data stored?", "privacy"),
        ("show me Markdown", "markdown"),
        ("Show me a table and a code block", "markdown"),
        ("something long please", "long"),
        ("a long answer", "long"),
        ("How do you think?", "thinking"),
        ("Are you an AI?", "thinking"),
        ("what is the temperature for", "settings"),
        ("how do I rename a conversation", "chats"),
        ("can I use it in a shell pipe", "shell"),
        ("how do I stop an answer", "stopping"),
        ("I get an error", "stopping"),
        ("topics", "lost"),
        ("What is the capital of France?", "lost"),
        ("Write a poem about the sea", "lost"),
        ("xyzzy plugh", "lost"),
        ("", "lost"),
    ],
)
def test_a_question_opens_the_page_it_asks_for(question: str, page: str) -> None:
    assert choose(question).page.name == page


async def test_each_answer_says_what_it_is_and_is_the_page_word_for_word() -> None:
    for page in pages():
        response = await answered(page.strong[0])
        chosen = choose(page.strong[0]).page
        assert text_of(response).startswith(f"*{LABEL} · ")
        assert text_of(response).endswith(chosen.text)
        assert response.finish_reason == "stop"
        assert (response.model_name, response.provider_name) == ("guide", "demo")


async def test_its_thoughts_are_what_happened() -> None:
    question = "How do I switch models?"
    choice = choose(question)
    thoughts = thinking_of(await answered(question))
    assert thoughts == explain(question, choice)
    assert "5 words" in thoughts
    assert all(f"“{found}”" in thoughts and found in question.lower() for found in choice.found)
    assert f"{choice.page.title} {choice.points[0][1]}" in thoughts
    assert "found none" in thinking_of(await answered("xyzzy"))
    assert "All I found was “what”" in thinking_of(await answered("What is the capital of France?"))


async def test_its_usage_is_a_count_of_words() -> None:
    messages: list[ModelMessage] = [
        ModelRequest([SystemPromptPart("Be brief."), UserPromptPart("one two three")], instructions="four five"),
        ModelResponse([ThinkingPart("six"), TextPart("seven eight")]),
        ModelRequest([UserPromptPart(["nine ten"])]),
    ]
    response, usage = await DemoModel().request(messages, None, PLAIN)
    wrote = len((thinking_of(response) + " " + text_of(response)).split())
    assert (usage.request_tokens, usage.response_tokens, usage.total_tokens) == (12, wrote, 12 + wrote)
    assert usage.reasoning_tokens == len(thinking_of(response).split())
    assert response.usage == usage


async def test_it_heeds_the_settings_that_it_says_it_heeds() -> None:
    silent = await answered("keys", thinking="off")
    assert not thinking_of(silent)
    assert text_of(silent)
    cut = await answered("keys", max_tokens=60)
    assert cut.finish_reason == "length"
    assert len((thinking_of(cut) + " " + text_of(cut)).split()) == 60
    in_thought = await answered("keys", max_tokens=5)
    assert not text_of(in_thought)


async def test_thinking_comes_before_text_and_the_figures_at_the_end() -> None:
    async with DemoModel(words_per_s=0).request_stream(asked("hello"), None, PLAIN) as stream:
        kinds = []
        async for event in stream:
            kinds.append(event.part.part_kind if event.event_kind == "part_start" else event.delta.part_delta_kind)
            if len(kinds) == 1:
                assert stream.usage().response_tokens is None
        assert stream.usage().response_tokens == len(kinds)
    thoughts = kinds.count("thinking")
    assert kinds == ["thinking"] * thoughts + ["text"] * (len(kinds) - thoughts)


async def test_it_streams_at_its_rate() -> None:
    begun = time.monotonic()
    async with DemoModel(words_per_s=400).request_stream(asked("hello"), None, PLAIN) as stream:
        count = 0
        async for _ in stream:
            count += 1
            if count == 41:
                break
    assert time.monotonic() - begun >= 0.1  # 40 words at 400 a second


def test_one_page_has_every_kind_of_markdown() -> None:
    text = next(page.text for page in pages() if page.name == "markdown")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or []}
    assert kinds >= {
        "heading_open", "paragraph_open", "bullet_list_open", "ordered_list_open", "blockquote_open", "table_open",
        "fence", "hr", "link_open", "em_open", "strong_open", "s_open", "code_inline", "hardbreak",
    }  # fmt: skip
    assert {token.tag for token in tokens if token.type == "heading_open"} >= {"h1", "h2", "h3", "h4"}
    languages = [token.info for token in tokens if token.type == "fence"]
    assert len(languages) == len(set(languages)) >= 5
    assert "" in languages
    assert {token.attrGet("style") for token in tokens if token.type == "th_open"} >= {
        "text-align:left", "text-align:center", "text-align:right",
    }  # fmt: skip
    assert any(token.type == "bullet_list_open" and token.level > 1 for token in tokens)


def test_there_is_a_page_long_enough_to_scroll_and_stop() -> None:
    assert max(len(page.text.split()) for page in pages()) > 1200


def test_a_paragraph_is_one_line_as_models_write_it() -> None:
    # The transcript keeps line ends, so text wrapped by hand would look torn at every other width.
    for page in pages():
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page.text):
            assert not [child for child in token.children or [] if child.type == "softbreak"], (
                page.name,
                token.content,
            )


def test_every_page_can_be_opened_from_the_list_of_pages() -> None:
    listed = next(page.text for page in pages() if page.name == "lost")
    asked_for = re.findall(r"^\| (\*.*?) \|", listed, flags=re.MULTILINE)
    opened = {choose(words.replace("*", "")).page.name for words in asked_for}
    assert opened == {page.name for page in pages()} - {"lost"}
