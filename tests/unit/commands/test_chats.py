"""Chats are tidied up from the shell: what is named is changed and nothing else, and it can be taken back."""

import json

import pytest

from tests.support.shell import Chinwag, Ran
from tui.commands import rm


@pytest.fixture
def titles(chinwag: Chinwag) -> list[str]:
    """Three chats, the last one newest."""
    asked = ["Trip to Rome", "Trip to Oslo", "About tea"]
    for question in asked:
        chinwag("-p", "-m", "test:test", question)
    return asked


def listed(chinwag: Chinwag, *arguments: str) -> list[str]:
    return [chat["title"] for chat in json.loads(chinwag("chats", "--json", *arguments).out)]


@pytest.mark.usefixtures("titles")
def test_chats_are_pinned_archived_tagged_and_found_by_it(chinwag: Chinwag) -> None:
    assert chinwag("pin", "rome") == Ran(0, "", "Pinned: Trip to Rome\n")
    assert chinwag("archive", "last") == Ran(0, "", "Archived: About tea\n")
    tagged = chinwag("tag", "oslo", "rome", "+Trip", "-x", "+2026/nov", "--json")
    assert [chat["tags"] for chat in json.loads(tagged.out)] == [["2026/nov", "trip"]] * 2
    assert (tagged.code, tagged.err) == (0, "")
    assert listed(chinwag) == ["Trip to Rome", "Trip to Oslo"], "what is pinned stands above what is newer"
    assert [listed(chinwag, "-n", "1", "--page", page) for page in "12"] == [["Trip to Rome"], ["Trip to Oslo"]]
    assert listed(chinwag, "--pinned") == ["Trip to Rome"]
    assert listed(chinwag, "--archived") == listed(chinwag, "tea") == ["About tea"]
    assert listed(chinwag, "--tag", "#TRIP", "-n", "1", "--page", "2") == listed(chinwag, "oslo", "--tag", "trip")
    assert listed(chinwag, "trip", "--pinned") == ["Trip to Rome"]
    assert "★ Trip to Rome #2026/nov #trip" in chinwag("chats").out
    assert chinwag("tag", "--list").out == "2026/nov  2\ntrip      2\n"
    assert chinwag("completion", "--list", "tags").out == "2026/nov\t2 chats\ntrip\t2 chats\n"
    for command in ("pin", "archive"):
        assert chinwag(command, "trip", "--all-found", "--undo", "--yes").err.endswith("any more: 2 chats\n")
    chinwag("archive", "tea", "--undo")
    chinwag("tag", "rome", "-trip", "-#2026/nov")
    assert json.loads(chinwag("tag", "--list", "--json").out) == {"2026/nov": 1, "trip": 1}
    assert listed(chinwag, "--pinned") == [] and len(listed(chinwag, "-n", "0")) == 3


@pytest.mark.usefixtures("titles")
def test_what_is_removed_comes_back_until_it_is_gone_for_good(chinwag: Chinwag) -> None:
    told = chinwag("rm", "tea").err.splitlines()
    assert told[0] == "Moved to the trash: About tea"
    assert listed(chinwag, "--trash") == listed(chinwag, "--trash", "tea") == ["About tea"]
    assert chinwag(*told[1].partition("chinwag ")[2].split()).err == "Back from the trash: About tea\n"
    refused = chinwag("rm", "tea", "--for-good", "--yes")
    assert (refused.code, "rm it first" in refused.err) == (2, True)
    assert chinwag("rm", "tea", "rome", "--json").out.count('"deleted_at": "') == 2
    asked = chinwag("rm", "tea", "--for-good")
    assert asked.code == 2 and "no way back" in asked.err and "--yes" in asked.err
    assert chinwag("rm", "tea", "--for-good", "--yes") == Ran(0, "", "Deleted for good: About tea\n")
    assert (listed(chinwag), listed(chinwag, "--trash")) == (["Trip to Oslo"], ["Trip to Rome"])


@pytest.mark.usefixtures("titles")
def test_an_empty_list_says_what_is_empty(chinwag: Chinwag) -> None:
    for options, said in (
        (["--trash"], "The trash is empty."), (["--archived"], "No conversation is archived."),
        (["--page", "9"], "3 conversations in all: page 9 is empty."), (["giraffe"], "There is no such conversation."),
    ):  # fmt: skip
        assert chinwag("chats", *options) == Ran(0, "", f"{said}\n")


@pytest.mark.usefixtures("titles")
def test_many_are_changed_only_when_that_is_agreed_to(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chinwag("rm", "trip").code == 2
    asked = chinwag("rm", "trip", "--all-found")
    assert asked == Ran(2, "", "chinwag: Move to the trash: 2 chats? Nobody could be asked.\nAgree to it with --yes.\n")
    assert len(listed(chinwag)) == 3
    assert chinwag("rm", "0", "--all-found", "--yes").code == 2, "all ids begin with it"
    told = chinwag("rm", "trip", "--all-found", "--yes").err
    assert listed(chinwag) == ["About tea"]
    assert chinwag(*told.partition("Undo: chinwag ")[2].split()).err == "Back from the trash: 2 chats\n"


@pytest.mark.usefixtures("titles")
def test_the_line_that_takes_it_back_brings_back_nothing_else(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rm, "_FEW", 1)
    chinwag("rm", "rome")
    chinwag("-p", "-m", "test:test", "Trip to Bonn")
    told = chinwag("rm", "trip", "--all-found", "--yes").err
    assert chinwag(*told.partition("Undo: chinwag ")[2].split()).err == "Back from the trash: 2 chats\n"
    assert listed(chinwag, "--trash") == ["Trip to Rome"]
    chinwag("rm", "rome", "--undo")
    told = chinwag("rm", "trip", "--all-found", "--yes").err
    assert "Undo: chinwag rm --undo --all-found -- trip\n" in told
    assert chinwag("rm", "--undo", "--all-found", "--yes", "--", "trip").err == "Back from the trash: 3 chats\n"


@pytest.mark.usefixtures("titles")
def test_a_chat_gets_the_title_that_is_typed(chinwag: Chinwag) -> None:
    assert chinwag("rename", "tea", "  About", " [b]\x1b[31m coffee").err == "Renamed: About [b]␛[31m coffee\n"
    assert listed(chinwag)[0] == "About [b]\x1b[31m coffee"
    assert "\x1b" not in chinwag("chats").out
    chinwag("rename", "coffee", "你\x9b31m\x7f\u202e")
    assert listed(chinwag)[0] == "你\x9b31m\x7f\u202e" and chinwag("chats", "--json").out.isascii()
    assert "\x7f" not in chinwag("chats", "--json").out
    chinwag("rename", "你", "coffee")
    assert chinwag("rename", "coffee", " ").code == 2


@pytest.mark.usefixtures("titles")
def test_any_chat_can_be_gone_on_with(chinwag: Chinwag) -> None:
    for wanted, prompts in (("rome", 2), ("last", 3)):
        assert chinwag("-p", "--chat", wanted, "And in winter?").code == 0
        assert len(json.loads(chinwag("show", "rome", "--json").out)["messages"]) == 2 * prompts
    for refused in (["--chat", "trip"], ["--chat", ""], ["--temp", "--chat", "rome"]):
        ran = chinwag("-p", *refused, "And in winter?")
        assert (ran.code, ran.out) == (2, ""), refused
    assert len(listed(chinwag)) == 3


@pytest.mark.usefixtures("titles")
def test_a_copy_has_all_that_is_in_a_chat_and_is_paid_for_once(chinwag: Chinwag) -> None:
    original = json.loads(chinwag("show", "tea", "--json").out)["messages"]
    (copy,) = json.loads(chinwag("duplicate", "tea", "--json").out)
    copied = json.loads(chinwag("show", copy["id"], "--json").out)["messages"]
    assert [one["text"] for one in copied] == [one["text"] for one in original]
    assert json.loads(chinwag("usage", "--json").out)["total"]["replies"] == 3
    assert chinwag("duplicate", "oslo").err.startswith("Copied, as ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["tag", "last"], ["tag", "+x"], ["tag", "last", "+?"], ["tag", "--list", "last"], ["pin"], ["rm"],
        ["rm", "last", "--undo", "--for-good"], ["chats", "--pinned", "--trash"], ["rename", "last"],
        ["pin", "last"], ["show", "last"], ["chats", "tag:"], ["chats", "--tag", "?"],
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_error_and_changes_nothing(chinwag: Chinwag, arguments: list[str]) -> None:
    ran = chinwag(*arguments)
    assert (ran.code, ran.out) == (2, "") and ran.err.startswith("chinwag: ")
