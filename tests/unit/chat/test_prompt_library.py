"""Prompts as files: what is read, filled in, agreed to and taken over from other programs."""

import os
from pathlib import Path

import pytest

from tui.chat.prompt_library.folders import LARGEST_BYTES, PromptLibrary
from tui.chat.prompt_library.importing import ImportedPrompt, find_prompts
from tui.chat.prompt_library.template import PromptTemplate, TemplateVariable, read_template
from tui.chat.settings import ChatSettings
from tui.errors import ConfigError, UsageError


@pytest.fixture
def library(tmp_path: Path) -> PromptLibrary:
    return PromptLibrary(
        tmp_path / "own", tmp_path / "project" / ".chinwag" / "prompts", tmp_path / "state" / "trusted"
    )


def template(text: str, name: str = "one.md") -> PromptTemplate:
    return read_template(Path(name), text.encode())


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


HEAD = """\
{fence}
name{is_} {q}rev{q}
model{is_} {q}openai:gpt{q}
temperature{is_} 0.2
max_tokens{is_} 500
effort{is_} {q}high{q}
attachments{is_} [{q}a b.md{q}, {q}c.md{q}]
{fence}
Text
"""


@pytest.mark.parametrize("head", [HEAD.format(fence="---", is_=":", q=""), HEAD.format(fence="+++", is_=" =", q='"')])
def test_both_kinds_of_front_matter_say_the_same(head: str) -> None:
    read = template(head)
    assert (read.name, read.model, read.attachments, read.text) == ("rev", "openai:gpt", ("a b.md", "c.md"), "Text")
    assert read.settings == ChatSettings(temperature=0.2, max_tokens=500, effort="high")


def test_a_file_without_front_matter_is_its_text_and_its_name() -> None:
    read = template("Say hello.\n", "say hello.md")
    assert (read.name, read.kind, read.text) == ("say-hello", "prompt", "Say hello.")


def test_values_are_what_they_look_like_and_quotes_keep_them_text() -> None:
    read = template('---\n# a remark\ndescription: "3: \\"three\\""\nname: \'it\'\nkind: system\n---\nx')
    assert (read.description, read.name, read.kind) == ('3: "three"', "it", "system")


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("---\nname: x\n", 1, "no second one"),
        ("---\nname: x\n- item\n---\nt", 3, "key: value"),
        ("---\nname: |\n---\nt", 2, "kind of YAML"),
        ("---\nattachments: [a\n---\nt", 2, "no ]"),
        ("---\nname: 'x\n---\nt", 2, "quotes"),
        ("---\nmodell: x\n---\nt", 2, 'unknown key "modell"'),
        ("---\nname: x\nname: y\n---\nt", 3, "TOML"),
        ("---\ntemperature: warm\n---\nt", 2, "number"),
        ("---\neffort: huge\n---\nt", 2, "effort"),
        ("---\nkind: poem\n---\nt", 2, "kind"),
        ("---\nname: a/../b\n---\nt", 2, "no name"),
        ("+++\nname = 'x\n+++\nt", 2, "TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(head: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        template(head)
    assert caught.value.message.startswith(f"one.md:{line}: ") and words in caught.value.message


def test_a_prompt_without_text_is_refused() -> None:
    with pytest.raises(ConfigError, match="no text"):
        template("---\nname: x\n---\n\n")


def test_blanks_have_defaults_and_choices() -> None:
    read = template("{{ who }} {{tone=kind|strict}} {{lang=}} {{who=Bob}} {{not closed} {{a b}}")
    assert read.variables == (
        TemplateVariable("who", "Bob"),
        TemplateVariable("tone", "kind", ("kind", "strict")),
        TemplateVariable("lang", ""),
    )  # fmt: skip
    assert read.fill({"who": "Ann"}) == "Ann kind  Ann {{not closed} {{a b}}"


def test_what_a_value_holds_is_not_filled_again() -> None:
    assert template("{{a}} {{b=2}}").fill({"a": r"{{b}} \1 \g<0>"}) == r"{{b}} \1 \g<0> 2"


@pytest.mark.parametrize(
    ("values", "words"),
    [({}, "needs a value for a"), ({"a": "1", "x": "2"}, "no variable"), ({"a": "1", "c": "3"}, "no choice")],
)  # fmt: skip
def test_a_value_that_is_missing_or_wrong_is_named(values: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        template("{{a}} {{c=1|2}}").fill(values)


def test_what_was_asked_stands_in_the_input_or_below() -> None:
    assert template("Sum up: {{input}}").with_words({}, "this") == "Sum up: this"
    assert template("Sum up.").with_words({}, "this") == "Sum up.\n\nthis"
    assert template("Sum up.").with_words({}, "") == "Sum up."


async def test_own_prompts_come_first_and_system_prompts_have_a_folder(library: PromptLibrary) -> None:
    write(library.here, "a.md", "theirs")
    write(library.own, "a.md", "mine")
    write(library.own, "system/terse.md", "Be terse.")
    write(library.own, ".hidden.md", "no")
    listing = await library.read()
    assert [(one.name, one.kind, one.own) for one in listing.templates] == [
        ("a", "prompt", True), ("a", "prompt", False), ("terse", "system", True)
    ]  # fmt: skip
    assert listing.find("a", "prompt").text == "mine"
    with pytest.raises(UsageError) as caught:
        listing.find("ters", "system")
    assert caught.value.hint == 'Did you mean "terse"?'


async def test_a_file_that_is_none_costs_no_more_than_itself(library: PromptLibrary) -> None:
    write(library.own, "good.md", "x")
    write(library.own, "bad.md", "---\nx")
    write(library.own, "long.md", "x" * (LARGEST_BYTES + 1))
    os.mkfifo(library.own / "pipe.md")
    (library.own / "circle.md").symlink_to(library.own / "circle.md")
    (library.own / "latin.md").write_bytes(b"\xe9\n")
    listing = await library.read()
    assert [one.name for one in listing.templates] == ["good"]
    assert len(listing.problems) == 5 and any("a pipe" in problem for problem in listing.problems)
    with pytest.raises(UsageError, match="no second one"):
        listing.find("bad", "prompt")


async def test_a_prompt_of_the_folder_is_agreed_to_until_it_changes(library: PromptLibrary) -> None:
    write(library.own, "mine.md", "x")
    path = write(library.here, "theirs.md", "one")
    listing = await library.read()
    assert await library.is_trusted(listing.find("mine", "prompt"))
    theirs = listing.find("theirs", "prompt")
    assert not await library.is_trusted(theirs)
    await library.trust(theirs)
    assert await library.is_trusted(theirs)
    path.write_text("two")
    assert not await library.is_trusted((await library.read()).find("theirs", "prompt"))


async def test_a_prompt_of_the_folder_attaches_nothing_from_outside(library: PromptLibrary) -> None:
    write(library.here, "theirs.md", "---\nattachments: [../../x.md, ../../../secret]\n---\nx")
    theirs = (await library.read()).find("theirs", "prompt")
    assert theirs.file("../../x.md").resolve() == (library.here.parents[1] / "x.md").resolve()
    for name in ("../../../secret", "/etc/passwd", "~/.ssh/id_rsa"):
        with pytest.raises(UsageError, match="outside"):
            theirs.file(name)


async def test_saving_never_writes_over_another_prompt_unasked(library: PromptLibrary) -> None:
    path = await library.save("new", "Text of {{a}}")
    assert path.read_text() == "Text of {{a}}" and path.stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigError, match="is there already"):
        await library.save("new", "other")
    await library.save("new", "other", replace=True)
    assert path.read_text() == "other"
    with pytest.raises(UsageError, match="no name"):
        await library.save("../new", "x")


# Other programs' prompts.


def imported(path: Path) -> list[ImportedPrompt]:
    return [one for one in find_prompts(path) if isinstance(one, ImportedPrompt)]


def test_patterns_of_fabric_become_system_prompts(tmp_path: Path) -> None:
    write(tmp_path, "sum up/system.md", "# IDENTITY\nSum up in {{lang}}.\n")
    write(tmp_path, "sum up/user.md", "CONTENT:\n")
    write(tmp_path, "empty/system.md", "")
    assert [(one.name, one.kind, one.text) for one in imported(tmp_path)] == [
        ("sum-up", "system", "# IDENTITY\nSum up in {{lang}}.\n"), ("sum-up", "prompt", "CONTENT:\n")
    ]  # fmt: skip
    assert len(imported(tmp_path / "sum up")) == 2


def test_templates_of_llm_keep_model_options_and_variables(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    text = (
        "model: gpt-4.1\nprompt: |\n  Costs $$5, ${who}: $input\ndefaults:\n  who: me\noptions:\n  temperature: 0.3\n"
    )
    path = write(tmp_path, "ask.yaml", text + "schema_object: {}\n")
    (one,) = imported(path)
    assert (one.name, one.kind, one.left_out) == ("ask", "prompt", "schema_object")
    read = template(one.text)
    assert read.text == "Costs $5, {{who=me}}: {{input}}" and read.model == "gpt-4.1"
    assert read.settings == ChatSettings(temperature=0.3)
    (system,) = imported(write(tmp_path, "terse.yml", "system: Be terse.\n"))
    assert (system.kind, template(system.text).text) == ("system", "Be terse.")
    (bare,) = imported(write(tmp_path, "bare.yaml", "Say $input\n"))
    assert template(bare.text).text == "Say {{input}}"


@pytest.mark.parametrize(
    "text", ["a: [", "[1, 2]", "model: x", "prompt: 3", "!!python/object/apply:os.system [id]", "&a [*a]"]
)
def test_what_is_no_template_is_named_and_the_rest_is_read(text: str, tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    write(tmp_path, "bad.yaml", text)
    write(tmp_path, "good.yaml", "hello")
    found = list(find_prompts(tmp_path))
    assert [one.name for one in found if isinstance(one, ImportedPrompt)] == ["good"]
    (error,) = [one for one in found if isinstance(one, ConfigError)]
    assert "bad.yaml" in error.message


def test_a_folder_with_nothing_of_the_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither Fabric patterns"):
        list(find_prompts(tmp_path))
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        list(find_prompts(tmp_path / "gone"))
