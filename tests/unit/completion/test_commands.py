"""Slash commands: which prompt is one, what is listed for it. Lost else: a prompt that was eaten, or a command."""

from collections.abc import Callable

import pytest

from tests.support.library import conversation
from tui.app.commands import COMMANDS, Command
from tui.app.completion.arguments import ChatChoices, Choices, effort_choices
from tui.app.completion.commands import CommandSource
from tui.app.completion.models import KnownModels, ModelChoices, ModelSource, SeveralModelChoices
from tui.app.completion.suggestions import Suggestions, Typed
from tui.app.slash import BY_SLASH, SlashCall, slash_call
from tui.app.widgets.composer import Composer
from tui.chat.catalog.info import ModelInfo


def source(usable: Callable[[Command], bool] = lambda command: True) -> CommandSource:
    arguments = {"effort": Choices(effort_choices, Composer.Called)}
    return CommandSource(lambda: filter(usable, COMMANDS), arguments, Composer.Called)  # type: ignore[arg-type]  # one is enough


def labels(text: str, *, alone: bool = True) -> list[str] | None:
    found = source().find(Typed(text, alone))
    return [row.label for row in found.rows] if found is not None else None


def called(found: Suggestions | None, index: int = 0) -> SlashCall:
    assert found is not None
    make = found.rows[index].message
    assert make is not None
    message = make()
    assert isinstance(message, Composer.Called)
    return message.call


# What a prompt is.


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/model", "model", ""), ("/model gpt 5 ", "model", "gpt 5"), ("/MODEL\tx", "MODEL", "x"),
        ("/find-models", "find-models", ""),
        ("/rename Ünïcode / slash", "rename", "Ünïcode / slash"), ("/quit\n", "quit", ""),
    ],
)  # fmt: skip
def test_one_line_that_begins_with_a_name_is_a_command(text: str, name: str, argument: str) -> None:
    call = slash_call(text)
    assert call is not None and (call.name, call.argument) == (name, argument) and call.command is not None


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/foo is missing", "/etc/passwd", "/model\ngpt", "/tmp/x\nand more", " /model", "//model", "/",
        "/ model", "/1", "/.hidden", "what does /model do?", "", "/home/me/a.txt: no such file", "/a.out crashes",
        "\n/model",
    ],
)  # fmt: skip
def test_everything_else_is_a_prompt(text: str) -> None:
    assert slash_call(text) is None


def test_an_unknown_name_names_the_nearest_and_the_way_to_send_it() -> None:
    call = slash_call("/mdoel gpt")
    assert call is not None and call.command is None
    assert call.problem == "There is no command /mdoel. Did you mean /model? With a space in front it is sent as it is."
    far = slash_call("/xyz is full")
    assert far is not None and "/help lists them" in far.problem


def test_words_behind_a_command_that_takes_none_are_not_thrown_away() -> None:
    call = slash_call("/help me with this")
    assert call is not None and call.command is not None
    assert call.problem == "/help takes nothing behind it. With a space in front it is sent as it is."


# The table.


def test_every_command_of_the_menu_has_a_name_of_its_own() -> None:
    assert not [command.id for command in COMMANDS if command.palette and not command.slash]
    names = [name for command in COMMANDS for name in command.slash]
    assert sorted(names) == sorted(set(names)) and set(names) == set(BY_SLASH)
    assert all(slash_call(f"/{name}") is not None for name in names)


# What is listed.


def test_a_slash_lists_all_that_can_be_done_and_nothing_else() -> None:
    found = labels("/")
    assert found == [f"/{command.slash[0]}" for command in COMMANDS if command.slash]
    only_quit = source(lambda command: command.id == "quit").find(Typed("/", True))
    assert only_quit is not None and [row.label for row in only_quit.rows] == ["/quit"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("/mod", "/model"), ("/t", "/tag"), ("/tr", "/tree"), ("/th", "/think"), ("/the", "/theme"), ("/exi", "/exit"),
     ("/EXP", "/export"), ("/setti", "/settings"), ("/cpy", "/copy"), ("/thoughts", "/details")],
)  # fmt: skip
def test_letters_find_a_command_by_its_names_and_by_what_it_does(typed: str, first: str) -> None:
    found = labels(typed)
    assert found is not None and found[0] == first


@pytest.mark.parametrize("typed", ["/usr/", "/usr/b", "/a.b", "x /mod", " /mod", "/unknown x", "/quit x"])
def test_nothing_is_listed_for_a_prompt(typed: str) -> None:
    assert not labels(typed)


def test_nothing_is_listed_in_the_middle_of_a_text() -> None:
    assert labels("/mod", alone=False) is None


def test_enter_runs_a_command_and_tab_goes_on_to_its_argument() -> None:
    found = source().find(Typed("/thi", True))
    assert found is not None and found.marked == 0
    assert found.rows[0].text == "/think "
    assert called(found) == SlashCall("think", "", BY_SLASH["think"])


def test_no_argument_is_marked_before_one_is_typed() -> None:
    found, typed = source().find(Typed("/think ", True)), source().find(Typed("/think hi", True))
    assert found is not None and typed is not None
    assert found.marked == -1 and [row.label for row in found.rows][:2] == ["default", "off"]
    assert typed.marked == 0 and called(typed) == SlashCall("think", "high", BY_SLASH["think"])


def test_models_are_found_as_in_the_switcher() -> None:
    models = [
        ModelInfo("openai:gpt-5.6", "gpt-5.6", "openai", "OpenAI"),
        ModelInfo("a:claude", "claude", "a", "Anthropic", free=True),
    ]
    choices = ModelChoices(KnownModels(lambda: models, lambda: "a:claude"), Composer.Called)
    assert [row.label for row in choices("model", "gpt").rows] == ["openai:gpt-5.6"]
    assert [row.label for row in choices("model", "free").rows] == ["a:claude"]
    assert called(choices("model", "other:any")).argument == "other:any"
    assert [row.right for row in choices("model", "").rows].count("◆") == 1 and choices("model", "").marked == -1


def test_several_models_are_completed_one_by_one_until_the_prompt_begins() -> None:
    models = [ModelInfo("a:claude", "claude", "a", "A"), ModelInfo("b:gpt", "gpt", "b", "B")]
    known = KnownModels(lambda: models, lambda: "a:claude")
    choices = SeveralModelChoices(known, lambda: {"a:claude", "claude", "b:gpt", "gpt"}, 4)
    found = choices("compare", "claude gp")
    assert found is not None and found.marked == -1  # Enter is for the prompt
    assert next((row.text, row.message) for row in found.rows) == ("/compare claude b:gpt ", None)
    assert choices("compare", "claude gpt why gp") is None
    assert choices("compare", "gpt gpt gpt gpt c") is None


def test_an_alias_stands_above_the_models_also_where_no_list_has_its_own() -> None:
    models = [ModelInfo("openai:fast-1", "fast-1", "openai", "OpenAI")]
    known = KnownModels(lambda: models, lambda: "", {"fast": "other:model", "slow": "a:b"})
    assert called(ModelChoices(known, Composer.Called)("model", "fast")).argument == "fast"
    found = ModelSource(known).find(Typed("@@fast", True))
    assert found is not None and [row.text for row in found.rows] == ["@@fast ", "@@openai:fast-1 "]
    assert all(row.message is None for row in found.rows), "what is asked comes behind it"
    assert ModelSource(known).find(Typed("say @@fast", True)) is None
    assert ModelSource(known).find(Typed("@@fast", False, first=False)) is None


def test_two_chats_of_one_name_are_two_rows_and_hostile_names_are_harmless() -> None:
    chats = [conversation("Same"), conversation("Same"), conversation("evil\x1b[2J\nname\u202e")]
    choices = ChatChoices(lambda: chats, Composer.Called)
    found = choices("chats", "same")
    assert [called(found, index).argument for index in range(2)] == [chats[0].id, chats[1].id]
    assert (found.marked, choices("chats", "sme").marked) == (0, -1), "the letters alone are no reason to take it"
    (row,) = choices("chats", "evil").rows
    assert row.text is not None and row.text.isprintable()
