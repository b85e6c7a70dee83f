"""A line of `[keys]` that is wrong must cost that line, and never the way out of the app."""

import pytest

from tui.app.commands import BY_ID, DEFAULT_KEYS
from tui.app.keymap.keymap import Keymap
from tui.app.keymap.merging import KeyProblem, compete, merge_keys, notice_of
from tui.app.keymap.presets import PRESETS
from tui.app.keymap.surroundings import Surroundings, surroundings
from tui.config import SETTINGS, KeyChoice


def merged(*lines: tuple[str, str], preset: str = "default", **environ: str) -> tuple[Keymap, tuple[KeyProblem, ...]]:
    choices = [KeyChoice(id, keys, f"config.toml:{number}") for number, (id, keys) in enumerate(lines, 1)]
    return merge_keys(preset, choices, surroundings(environ))


def test_without_lines_it_is_the_table() -> None:
    keymap, problems = merged()
    assert keymap.keys == DEFAULT_KEYS and not keymap.changed and problems == ()


def test_a_line_gives_a_command_its_keys_and_no_others() -> None:
    keymap, problems = merged(("chat.new_chat", "f6, alt+j"), ("app.help", "none"), ("chat.add_key", "f10"))
    assert (keymap["chat.new_chat"], keymap["app.help"], keymap["chat.add_key"]) == (("f6", "alt+j"), (), ("f10",))
    assert keymap.shown("chat.new_chat") == "F6" and keymap.shown("app.help") == ""
    assert [problem.kind for problem in problems] == ["doubt"], "f6 selects a line while one writes"
    assert "composer" in problems[0].text


@pytest.mark.parametrize(
    ("id", "keys", "says"),
    [
        ("chat.new_chatt", "f10", "no command “chat.new_chatt”; did you mean “chat.new_chat”?"),
        ("new_chat", "f10", "did you mean “chat.new_chat”?"),
        ("qqq", "f10", "no command “qqq”; chinwag doctor keys lists them"),
        ("chat.new_chat", "ctrl+foo", "“ctrl+foo” is no key; chat.new_chat keeps its keys"),
        ("composer.send", "x", "“x” is text while you write"),
        ("app.quit", "q", "“q” is text while you write"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_not_applied(id: str, keys: str, says: str) -> None:
    keymap, problems = merged(("layout.inspector", "f10"), (id, keys))
    assert keymap["layout.inspector"] == ("f10",), "the rest holds"
    assert {id: keys for id, keys in keymap.keys.items() if id != "layout.inspector"} == {
        id: keys for id, keys in DEFAULT_KEYS.items() if id != "layout.inspector"
    }
    (problem,) = problems
    assert problem.kind == "mistake" and problem.sentence.startswith("config.toml:2: ") and says in problem.text


def test_a_key_that_another_command_had_goes_to_the_line_and_that_is_told_until_it_is_settled() -> None:
    keymap, problems = merged(("chat.new_chat", "ctrl+t"))
    assert keymap["chat.new_chat"] == ("ctrl+t",) and keymap["chat.effort"] == ("alt+t",)
    (problem,) = problems
    assert problem.kind == "conflict" and "was chat.effort's, which keeps alt+t" in problem.text
    keymap, problems = merged(("chat.new_chat", "ctrl+t"), ("chat.effort", "ctrl+n"))
    assert (keymap["chat.new_chat"], keymap["chat.effort"], problems) == (("ctrl+t",), ("ctrl+n",), ())


def test_of_two_lines_with_one_key_the_first_has_it() -> None:
    keymap, problems = merged(("chat.new_chat", "f12"), ("layout.chats", "f12, f3"))
    assert keymap["chat.new_chat"] == ("f12",) and keymap["layout.chats"] == ("f3",)
    (problem,) = problems
    assert problem.kind == "conflict" and problem.place == "config.toml:2" and "config.toml:1" in problem.text


def test_a_key_may_mean_two_things_in_places_that_never_meet() -> None:
    assert merged(("settings.less", "d"))[1] == (), "d deletes in the messages and in the list of chats only"
    assert not compete("transcript.retry", "chat_list.delete") and compete("transcript.retry", "chat.effort")
    assert not compete("layout.leave", "chat.stop"), "escape does what is meant"
    assert compete("list.down", "chat_list.rename")


def test_what_cannot_arrive_here_is_said_and_the_next_key_is_shown() -> None:
    keymap, problems = merged(("chat.new_chat", "ctrl+i, f10"))
    assert keymap["chat.new_chat"] == ("ctrl+i", "f10") and keymap.shown("chat.new_chat") == "F10"
    assert [problem.sentence for problem in problems] == ["config.toml:1: “ctrl+i” arrives as tab in this terminal"]
    keymap, problems = merged(("chat.new_chat", "ctrl+i"), TERM="xterm-kitty")
    assert keymap.shown("chat.new_chat") == "^I" and problems == ()


def test_the_footer_names_the_key_that_a_multiplexer_leaves() -> None:
    assert merged()[0].shown("layout.toggle_list") == "^B"
    assert merged(TMUX="x")[0].shown("layout.toggle_list") == "F9"
    assert merged(ZELLIJ="0")[0].shown("layout.chats") == "F3"
    assert merged(TERM_PROGRAM="vscode")[0].shown("app.palette") == "alt+x"


@pytest.mark.parametrize("keys", ["none", "ctrl+i", "ctrl+m", "super+q"])
def test_quitting_always_has_a_key(keys: str) -> None:
    keymap, problems = merged(("chat.new_chat", "ctrl+q"), ("app.quit", keys))
    assert "ctrl+q" in keymap["app.quit"] and "ctrl+q" not in keymap["chat.new_chat"]
    assert any(problem.kind == "mistake" and "quit" in problem.text for problem in problems)


def test_quitting_can_be_moved_to_a_key_that_arrives() -> None:
    keymap, problems = merged(("app.quit", "f10"), ("chat.new_chat", "ctrl+q"))
    assert (keymap["app.quit"], keymap["chat.new_chat"], problems) == (("f10",), ("ctrl+q",), ())
    keymap, problems = merged(("app.quit", "f10"), VTE_VERSION="7600")
    assert keymap["app.quit"] == ("f10", "ctrl+q"), "that window opens its menu with it"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_commands_and_keys_that_there_are_and_no_key_twice(name: str) -> None:
    lines = list(PRESETS[name].items())
    environ = {"ZELLIJ": "0"} if name == "zellij" else {}
    assert merged(*lines, **environ)[1] == ()
    keymap, problems = merged(preset=name)
    assert problems == () and all(keymap[id] for id, _ in lines)
    mine = [id for id in BY_ID if keymap[id]]
    twice = [
        (one, other, key)
        for one in mine for other in mine for key in keymap[one]
        if one < other and key in keymap[other] and compete(one, other)
    ]  # fmt: skip
    assert twice == []


def test_nothing_that_has_a_key_is_out_of_reach_in_zellij_with_its_preset() -> None:
    keymap, _ = merged(preset="zellij", ZELLIJ="0")
    around = surroundings({"ZELLIJ": "0"})
    unreachable = [id for id, keys in keymap.keys.items() if keys and all(around.doubt(key) for key in keys)]
    assert unreachable == []


def test_the_presets_are_those_that_can_be_chosen() -> None:
    assert tuple(PRESETS) == SETTINGS["keys.preset"].choices


def test_a_line_goes_over_the_preset() -> None:
    keymap, _ = merge_keys("emacs", [KeyChoice("app.palette", "f10", "x:1")], Surroundings())
    assert keymap["app.palette"] == ("f10",) and keymap["chat.new_chat"] == ("alt+n",)


def test_enter_can_break_the_line_over_any_preset_and_a_line_of_the_person_goes_over_that() -> None:
    keymap, problems = merge_keys("vim", [], Surroundings(), enter_breaks=True)
    assert keymap.shown("composer.send") == "F5" and "enter" in keymap["composer.newline"] and problems == ()
    keymap, _ = merge_keys("vim", [KeyChoice("composer.send", "alt+enter", "x:1")], Surroundings(), enter_breaks=True)
    assert keymap["composer.send"] == ("alt+enter",) and "alt+enter" not in keymap["composer.newline"]


def test_the_notice_is_one_line_with_the_first_problems_and_how_many_more() -> None:
    problems = [KeyProblem("mistake", f"a.b{number}", f"config.toml:{number}", "no key") for number in range(1, 6)]
    assert notice_of(problems) == (
        "Keys: config.toml:1: no key · line 2: no key · line 3: no key · 2 more. Try them: chinwag doctor keys"
    )
    assert notice_of([]) == ""
