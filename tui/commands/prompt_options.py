"""`--prompt`, `--system` and `-v` of a question: what the library's prompts make of what was asked."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.chat.settings import ChatSettings
from tui.commands.question import with_piped
from tui.errors import UsageError

if TYPE_CHECKING:
    from tui.chat.prompt_library.template import PromptTemplate


async def fill_in(arguments: Namespace, piped: str) -> tuple[str, ChatSettings]:
    """The prompt that is asked, and the settings that go with it; the prompt's model answers unless one was named.

    Args:
        arguments: of the question; the model and the files that the prompt names are added to them.
        piped: what was piped in.

    Raises:
        UsageError: no such prompt, one that was not agreed to, or a value that is missing or belongs nowhere.
    """
    from tui.chat.prompt_library.folders import PromptLibrary, agreement_error

    library = PromptLibrary()
    listing = await library.read()
    prompt = listing.find(arguments.prompt, "prompt") if arguments.prompt else None
    system = listing.find(arguments.system, "system") if arguments.system else None
    for template in (prompt, system):
        if template is not None and not await library.is_trusted(template):
            raise agreement_error(template)
    templates = [template for template in (prompt, system) if template is not None]
    in_front, asked = _values_in_front(arguments.question, templates)
    values = _values([*in_front, *arguments.value], templates)
    words = with_piped(" ".join(asked), piped)
    settings = ChatSettings()
    if system is not None:
        settings = replace(system.settings, system_prompt=system.fill(_known(system, values)))
    if prompt is not None:
        settings = prompt.settings.over(settings)
        words = prompt.with_words(_known(prompt, values), words)
        arguments.attach = [*arguments.attach, *(str(prompt.file(name)) for name in prompt.attachments)]
    arguments.model = arguments.model or next((one.model for one in (prompt, system) if one and one.model), None)
    return words, settings


def _values_in_front(question: Sequence[str], templates: "Sequence[PromptTemplate]") -> tuple[list[str], list[str]]:
    """The words in front of a question that give values to variables that there are, and the question."""
    known = _variables(templates)
    count = next((n for n, word in enumerate(question) if word.partition("=")[0] not in known or "=" not in word), None)
    return [*question[:count]], [] if count is None else [*question[count:]]


def _variables(templates: "Sequence[PromptTemplate]") -> set[str]:
    return {variable.name for template in templates for variable in template.variables}


def _values(given: Sequence[str], templates: "Sequence[PromptTemplate]") -> dict[str, str]:
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f'"{text}" gives no value.', "Write it as -v NAME=TEXT.")
        values[name] = value
    known = _variables(templates)
    for name in values:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise UsageError(f'There is no variable "{name}" to give a value to.', f"Variables: {names}.")
    return values


def _known(template: "PromptTemplate", values: dict[str, str]) -> dict[str, str]:
    names = {variable.name for variable in template.variables}
    return {name: value for name, value in values.items() if name in names}
