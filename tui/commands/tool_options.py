"""`--tools`, `--yes` and `--folder` of a question: what the model may call, and who is asked first.

What was not agreed to on the command line is asked about on the terminal; without one it is not done, and that is said.
"""

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.commands.asking import terminal, typed_letter
from tui.errors import UsageError
from tui.files import expanded, is_folder
from tui.streams import print_note
from tui.text import clean_line, revealed

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from tui.bootstrap import Services
    from tui.chat.settings import ChatSettings
    from tui.chat.tools.questions import ToolAnswer, ToolQuestion
    from tui.chat.tools.toolbox import Toolbox, ToolHost, ToolSource
    from tui.chat.tools.tools import Tools

_HARMLESS = frozenset({"now", "calculate"})
"""They tell nothing and send nothing: naming them is enough."""
_NAMES = "now, calculate, fetch, search_chats; with --folder: list_files, read_file, search_files"
_MOST_NAMED = 20


def add_tool_arguments(group: "_ArgumentGroup") -> None:
    """The tools of an answer that is printed."""
    add = group.add_argument
    add(
        "--tools",
        action="append",
        default=[],
        metavar="NAME,…",
        help=f"what the model may call: {_NAMES}; all of these; of an MCP server: SERVER:TOOL, SERVER:*",
    )
    add("--yes", action="append", default=[], metavar="NAME,…", help="of these: what it may call without asking")
    add("--folder", metavar="DIR", help="whose text files the model may list, search and read (with --tools)")


def tools_of(arguments: Namespace, services: "Services") -> "ToolSource | None":
    """What the model may call; None for nothing.

    Raises:
        UsageError: there is no such tool, or no such folder.
    """
    if not arguments.tools:
        if given := next((option for option in ("yes", "folder") if getattr(arguments, option)), ""):
            raise UsageError(f"--{given} says nothing without tools.", "Name them: --tools fetch,now")
        return None
    from tui.chat.settings import ChatSettings
    from tui.chat.tools.rules import Rule, ToolRules

    folder = expanded(arguments.folder) if arguments.folder else None
    if folder is not None and not is_folder(folder):
        raise UsageError(f"There is no folder {folder}.", "Name the one whose files may be read.")
    settings = ChatSettings(folder=str(folder) if folder is not None else "")
    chosen = _known(arguments.tools, services, settings)
    allowed = _known(arguments.yes, services, settings)
    rules: dict[str, Rule] = {name: "allow" if name in allowed or name in _HARMLESS else "ask" for name in chosen}
    if stray := next((name for name in allowed if name not in chosen and f"{_server(name)}:*" not in chosen), ""):
        raise _unknown(stray, services, " among those of --tools")
    rules |= dict.fromkeys(allowed, "allow")
    return _ShellTools(services.tools, replace(settings, tools=str(ToolRules(rules))))


def _known(given: list[str], services: "Services", settings: "ChatSettings") -> list[str]:
    """The names that were given, once it is known that there are such tools; "all" are those of the program."""
    from tui.chat.tools.builtin import FOLDER_TOOLS
    from tui.chat.tools.offer import BUILT_IN

    groups = {group.server: group for group in services.tools.groups(settings)}
    own = [offer.name for offer in groups[BUILT_IN].offers]
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    names = [one for name in names for one in (own if name == "all" else [name])]
    for name in names:
        if name in FOLDER_TOOLS and name not in own:
            raise UsageError(f"{name} needs a folder.", "Grant one: --folder DIR")
        if name not in own and (":" not in name or _server(name) not in groups or _server(name) == BUILT_IN):
            raise _unknown(name, services)
    return names


def _server(name: str) -> str:
    return name.partition(":")[0]


def _unknown(name: str, services: "Services", where: str = "") -> UsageError:
    servers = services.tools.servers
    known = [f"{one.name}:*" for one in servers.statuses][:_MOST_NAMED] if servers is not None else []
    of_servers = f"; of servers: {', '.join(known)}" if known else ""
    return UsageError(f'There is no tool "{clean_line(name, 40)}"{where}.', f"There are: {_NAMES}{of_servers}.")


class _ShellTools:
    """The tools of one answer on the command line: what was named, and asked about on the terminal."""

    def __init__(self, tools: "Tools", settings: "ChatSettings") -> None:
        self._tools = tools
        self._settings = settings

    async def toolbox(self, conversation_id: str, settings: "ChatSettings", host: "ToolHost") -> "Toolbox | None":
        """What was named, whatever is set for the chat."""
        toolbox = await self._tools.toolbox(conversation_id, self._settings, _TerminalHost(host))
        for problem in missing_tools(self._tools, self._settings):
            print_note(problem)
        return toolbox


def missing_tools(tools: "Tools", settings: "ChatSettings") -> Iterator[str]:
    """What was named and is not there once its server should have started, a sentence each."""
    from tui.chat.tools.rules import ToolRules

    servers, rules = tools.servers, ToolRules.of(settings.tools)
    if servers is None:
        return
    for name in sorted(rules.servers()):
        status, offered = servers.status(name), [tool.name for tool in servers.tools(name)]
        if status.state != "ready":
            problem = status.problem or f"{name} is {'switched off' if status.state == 'off' else 'not ready yet'}."
            yield clean_line(f"Without the tools of {name}: {problem} {status.hint}", 400)
            continue
        for id in rules.rules:
            server, _, tool = id.partition(":")
            if server == name and tool not in ("*", *offered):
                there = ", ".join(clean_line(one, 40) for one in offered[:_MOST_NAMED]) or "none"
                yield clean_line(f'{name} has no tool "{tool}". It has: {there}.', 800)


class _TerminalHost:
    """The reply, with the person at the terminal: one question after the other."""

    def __init__(self, reply: "ToolHost") -> None:
        self.allowed, self.progress, self.waiting, self.keep = reply.allowed, reply.progress, reply.waiting, reply.keep
        self._one = asyncio.Lock()

    async def ask(self, question: "ToolQuestion") -> "ToolAnswer":
        """Ask on the terminal, where there is one to ask and to read the answer."""
        from tui.chat.tools.questions import ToolAnswer

        told = question_text(question)
        async with self._one:
            with terminal() as descriptor:
                if descriptor is None:
                    print_note(f"Not called, as nobody could be asked:\n{told}\nAllow it with --yes {question.tool}")
                    return ToolAnswer("no", "Nobody could be asked.")
                print_note(told, prefix="")
                answer = await typed_letter(descriptor, "Allow it? [y]es, [a]lways to there, [N]o: ")
        return ToolAnswer("once" if answer == "y" else "chat" if answer == "a" else "no")


def question_text(question: "ToolQuestion") -> str:
    """What is asked: the tool, all of its arguments with what is invisible in them shown, and where they lead."""
    if question.rounds:
        return f"{question.rounds} rounds of tools for one prompt. Go on with {clean_line(question.tool)}?"
    target = revealed(question.target).replace("\n", "␊")
    where = f" → {target}" if target else ""
    lines = [f"{clean_line(question.tool)} ({clean_line(question.server)}){where}", f"  {revealed(question.arguments)}"]
    if question.changed:
        lines.append("! The tool describes itself otherwise than when it last ran.")
    if question.sends and question.foreign:
        lines.append("! This chat holds words from outside, which may have asked for this.")
    if question.sends and question.private:
        lines.append("! The model has read what is yours, and could send it there.")
    return "\n".join(lines)
