"""What was said is found from the shell, with an id that the other commands take."""

import json

from tests.support.shell import Chinwag, Ran


def test_what_was_said_is_found_with_the_id_of_its_chat(chinwag: Chinwag) -> None:
    for question in ("a pelican on a bike", "Öl für das Rad", "\x1b[31m red pelican"):
        chinwag("-p", "-m", "test:test", question)
    ran = chinwag("search", "in:prompt", "pelic* -bike")
    first, second = ran.out.splitlines()
    assert ran.code == 0 and "prompt: " in second and "red [pelican]" in second and "\x1b" not in ran.out
    assert "red pelican" in chinwag("export", first.split()[0], "-o", "-").out
    assert "title: [Öl] für" in chinwag("search", "ol", "-n", "1").out
    hits = json.loads(chinwag("search", "--json", '"a bike"').out)
    assert {hit["place"] for hit in hits} == {"title", "prompt"}
    (hit,) = [hit for hit in hits if hit["message"]]
    assert [hit["snippet"][start:end] for start, end in hit["marks"]] == ["a bike"] and hit["kind"] == "prompt"


def test_what_is_not_there_or_not_understood_is_said(chinwag: Chinwag) -> None:
    assert chinwag("search", "nothing") == Ran(1, "", "Nothing was found.\n")
    assert chinwag("search", "--json", "nothing").out == "[]\n"
    ran = chinwag("search", "tag:a,b")
    assert ran.code == 2 and "cannot stand in a tag" in ran.err and "nothing to look for" in ran.err
    assert chinwag("search", "caf\udce9") == Ran(1, "", "Nothing was found.\n"), "a word that is no UTF-8"
    assert chinwag("show", "caf\udce9").code == 2
    assert "before:soon is no day" in chinwag("search", "x", "before:soon").err
