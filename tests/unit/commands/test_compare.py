"""Several models asked from the shell: whole answers one under the other, and a code that says whether all came."""

import json
from typing import Any

import pytest

from tests.support.shell import SUCCESS, Chinwag
from tui.bootstrap import compose
from tui.paths import config_dir

MISSING = "openai:gpt-5.6"
"""A model that cannot be asked here: there is no key."""


def tree(chinwag: Chinwag) -> list[Any]:
    document: dict[str, Any] = json.loads(chinwag("export", "last", "-f", "json", "-o", "-").out)
    return list(document["messages"])


def test_each_answer_stands_whole_under_its_model(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "--compare", "test:test,demo:guide", "What is a chinwag?")
    assert ran.code == 0 and ran.err == ""
    first, guide = ran.out.split("\n## demo:guide\n\n")
    assert first == f"## test:test\n\n{SUCCESS}\n" and guide.strip() and guide.endswith("\n")
    prompt, *replies = tree(chinwag)
    assert [one["parent_id"] for one in replies] == [prompt["id"]] * 2
    assert [one["model"] for one in replies] == ["test:test", "demo:guide"]
    assert chinwag("-p", "-c", "And now?").out == f"{SUCCESS}\n"  # the first one's chat goes on


@pytest.mark.parametrize("models", [f"test:test,{MISSING}", f"{MISSING},test:test"])
def test_one_that_fails_is_told_by_the_code_and_costs_no_other_its_answer(chinwag: Chinwag, models: str) -> None:
    ran = chinwag("-p", "--compare", models, "hello")
    assert ran.code == 1
    assert f"## test:test\n\n{SUCCESS}\n" in ran.out and f"## {MISSING}\n" in ran.out
    assert "key" in ran.err
    assert sorted(one["state"] for one in tree(chinwag)) == ["done", "done", "failed"]


def test_all_answers_are_one_object_for_a_program(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "--json", "--compare", f"test:test,{MISSING}", "hello")
    found = json.loads(ran.out)
    assert ran.code == 1 and found["prompt"] == "hello" and chinwag("chats").out.count(found["conversation"][:8])
    done, failed = found["answers"]
    assert (done["model"], done["state"], done["text"]) == ("test:test", "done", SUCCESS)
    assert (failed["model"], failed["state"], failed["text"]) == (MISSING, "failed", "") and "key" in failed["failure"]
    assert failed["price_usd"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--compare", "test:test"), "cannot be compared"),
        (("--compare", ""), "nothing to compare"),
        (("--compare", "test:test,test:test"), "stands there twice"),
        (("--compare", "test:test,nobody:knows"), '"nobody:knows"'),
        (("--compare", "test:test,demo:guide", "-m", "test:test"), "Leave -m out"),
        (("--compare", "test:test,demo:guide", "--demo"), "Leave --demo out"),
        (("--json", "-m", "test:test"), "--json goes with --compare"),
    ],
)
def test_what_cannot_be_compared_is_said_and_nothing_is_sent(
    chinwag: Chinwag, options: tuple[str, ...], said: str
) -> None:
    ran = chinwag("-p", *options, "hello")
    assert (ran.code, ran.out) == (2, "") and said in ran.err
    assert "hello" not in chinwag("chats").out


def test_a_limit_that_is_reached_holds_all_of_them_and_anyway_goes_over_it(chinwag: Chinwag) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text('[limits]\nday = "100 tokens"\n')
    asked = ("-p", "--compare", "test:test,demo:guide", "word " * 150)
    held = chinwag(*asked)
    assert (held.code, held.out) == (1, "") and "--anyway" in held.err
    assert "word" not in chinwag("chats").out
    assert chinwag("--anyway", *asked).code == 0


async def _picks() -> None:
    async with compose(None) as services:
        await services.library.record_pick("p1", "mine:large", ["mine:small"], blind=True)
        await services.library.record_pick("p2", "mine:small", ["mine:large"], blind=False)
        await services.library.record_pick("p3", "mine:large", ["mine:small"], blind=False)


async def test_who_won_is_listed(chinwag: Chinwag) -> None:
    import asyncio

    ran = await asyncio.to_thread(chinwag, "models", "--tally")
    assert ran.code == 0 and "No answer was picked yet" in ran.err
    await _picks()
    ran = await asyncio.to_thread(chinwag, "models", "--tally")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["MODEL", "PICKED", "OF", "BLIND"],
        ["mine:large", "2", "3", "1", "of", "1"],
        ["mine:small", "1", "3", "0", "of", "1"],
    ]
