"""What the prompt library does for a chat: a prompt is chosen, agreed to, filled in, and put where one writes.

Knows the dialogs and the chat room; no widget of the screen. Returns outcomes as every action does.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.chat.prompt import Prompt
from tui.errors import UsageError
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.chat.prompt import PromptAttachment
    from tui.chat.prompt_library.template import PromptTemplate, TemplateKind
    from tui.chat.settings import ChatSettings
    from tui.chat.tools.server_content import ServerPrompt
    from tui.mcp.servers import McpServers


class PromptActions:
    """The actions of one chat screen that have to do with the prompt library.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        servers: whose prompts are offered beside those of the library; None for none.
    """

    def __init__(self, ask: "Callable[[Screen[Any]], Awaitable[Any]]", servers: "McpServers | None") -> None:
        self._ask = ask
        self._servers = servers

    async def choose(self, kind: "TemplateKind", name: str = "") -> "PromptTemplate | ServerPrompt | str | None":
        """A prompt of the library that the person has agreed to; "=edit" or "=none" for a system prompt, or None.

        Args:
            kind: which of the library's.
            name: use this one, without asking for it.

        Raises:
            UsageError: there is no such prompt.
        """
        from tui.app.dialogs.prompts import EDIT, NONE, PromptPicker, PromptReview
        from tui.chat.prompt_library.folders import PromptLibrary
        from tui.chat.tools.server_content import server_prompts

        offered = server_prompts(self._servers) if kind == "prompt" else ()
        if ":" in name:
            return _prompt_of(offered, name)
        library = PromptLibrary()
        listing = await library.read()
        if kind == "system" and not listing.of_kind(kind):
            return EDIT  # there is nothing to choose from
        if not name:
            name = await self._ask(PromptPicker(listing, kind, str(library.own), offered)) or ""
        if name in ("", EDIT, NONE):
            return name or None
        if ":" in name:
            return _prompt_of(offered, name)
        template = listing.find(name, kind)
        if not await library.is_trusted(template):
            if not await self._ask(PromptReview(template)):
                return None
            await library.trust(template)
        return template

    async def values_for(self, template: "PromptTemplate | ServerPrompt", words: str) -> Mapping[str, str] | None:
        """A value for each variable, asked for in a form; None when the person leaves it.

        Args:
            template: whose variables they are.
            words: what is written already: it is the prompt's input.
        """
        from tui.app.dialogs.prompt_form import PromptForm
        from tui.chat.prompt_library.template import INPUT

        names = {variable.name for variable in template.variables}
        known = {INPUT: words} if INPUT in names and words.strip() else {}
        if names <= known.keys():
            return known
        values: Mapping[str, str] | None = await self._ask(PromptForm(template, known))
        return values

    async def use(self, written: Prompt, name: str = "") -> tuple["PromptTemplate | None", Outcome]:
        """A prompt filled in, to stand where one writes; it is sent by the person.

        Args:
            written: what stands there now.
            name: use this one, without asking for it.

        Raises:
            ChinwagError: there is no such prompt, or a file that goes along cannot be attached.
        """
        from tui.chat.prompt_library.template import INPUT
        from tui.chat.tools.server_content import ServerPrompt

        template = await self.choose("prompt", name)
        if template is None or isinstance(template, str):
            return None, NOTHING
        values = await self.values_for(template, "" if isinstance(template, ServerPrompt) else written.text)
        if values is None:
            return None, NOTHING
        if isinstance(template, ServerPrompt):
            return None, await self._from_server(template, values, written)
        asked = {name: value for name, value in values.items() if name != INPUT}
        text = template.fill(values) if INPUT in values else template.with_words(asked, written.text)
        files = await _files_of(template)
        prompt = Prompt(text, (*written.attachments, *files))
        return template, Outcome(prompt=prompt, replaces=written)

    async def _from_server(self, prompt: "ServerPrompt", values: Mapping[str, str], written: Prompt) -> Outcome:
        """What a server makes of its prompt, above what is written; nothing is sent."""
        from tui.chat.tools.server_content import prompt_from

        assert self._servers is not None
        text, files = await prompt_from(self._servers, prompt, values)
        whole = "\n\n".join(part for part in (text, written.text) if part.strip())
        return Outcome(prompt=Prompt(whole, (*written.attachments, *files)), replaces=written)

    async def system_prompt(self, settings: "ChatSettings") -> "ChatSettings | str | None":
        """Settings with another system prompt, "=edit" when it is to be edited by hand, or None for no change."""
        from tui.app.dialogs.prompts import NONE
        from tui.chat.tools.server_content import ServerPrompt

        template = await self.choose("system")
        if template == NONE:
            return replace(settings, system_prompt="")
        if template is None or isinstance(template, str):
            return template
        if isinstance(template, ServerPrompt):  # it is offered for what one writes alone
            return None
        values = await self.values_for(template, "")
        if values is None:
            return None
        return replace(template.settings.over(settings), system_prompt=template.fill(values))


def _prompt_of(offered: "Sequence[ServerPrompt]", name: str) -> "ServerPrompt":
    if found := next((one for one in offered if one.name == name), None):
        return found
    raise UsageError(f"No server has the prompt {clean_line(name, 80)} now.", "See /tools how the servers are.")


async def _files_of(template: "PromptTemplate") -> "tuple[PromptAttachment, ...]":
    if not template.attachments:
        return ()
    from tui.chat.attachments import attach_path

    files: list[PromptAttachment] = []
    for name in template.attachments:
        files += await attach_path(template.file(name))
    return tuple(files)
