"""`chinwag mcp import [FILE …]`: the MCP servers of Claude, Cursor, VS Code, opencode and oterm as one's own."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.bootstrap import server_setup
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.commands.server_lines import state, target
from tui.errors import ConfigError, UsageError
from tui.figures import counted
from tui.paths import shortened
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.server_setup import ServerSetup
    from tui.mcp.config import ServerConfig
    from tui.mcp.imports import FoundServer, LeftOut


def add_arguments(parser: ArgumentParser) -> None:
    """What to read, and whether to write."""
    add = parser.add_argument
    help = "a file of another program, such as .mcp.json (default: those in the home folder)"
    add("paths", nargs="*", metavar="FILE", type=file_path, help=help)
    add("--dry-run", action="store_true", help="only say what would be written")
    add("--replace", action="store_true", help="write over servers of the same name")


async def run(arguments: Namespace) -> int:
    """Write each into `config.local.toml`, a line each; what cannot be taken over is named with the reason."""
    from tui.chat.server_setup import sorted_out
    from tui.config import load_config
    from tui.mcp.imports import LeftOut

    setup = server_setup(load_config(arguments.config))
    found, failed = _read(arguments.paths)
    written = there = 0
    for one in sorted_out(setup, found, replace=arguments.replace):
        if isinstance(one, LeftOut):
            print_note(f"{clean_line(one.called, 40)} is left out: {clean_line(one.reason, 250)}", prefix="")
            failed += one.needs
            there += not one.needs
        else:
            try:
                await _take(setup, one, arguments)
                written += 1
            except (UsageError, ConfigError) as error:
                print_note(clean_line(error.sentence, 300), prefix="")
                failed += 1
    verb = "would be written" if arguments.dry_run else "written"
    print_note(f"{counted(written, 'server')} {verb}, {failed + there} left out.", prefix="")
    return ExitCode.FAILED if failed and not (written or there) else ExitCode.OK


def _read(paths: list[Path]) -> "tuple[list[FoundServer | LeftOut], int]":
    """What the files have, and how many cannot be read."""
    from tui.mcp.imports import known_files, project_files, read_foreign

    found, failed = [], 0
    for path in paths or known_files():
        try:
            servers = read_foreign(path)
        except ConfigError as error:
            print_note(clean_line(shortened(error.sentence), 300), prefix="")
            failed += 1
            continue
        found += servers
        if servers or paths:
            print_note(f"{shortened(path)}: {counted(len(servers), 'server')}", prefix="")
    for path in project_files(Path.cwd()) if not paths else ():
        print_note(
            f"{path.name} came with this folder, and is not read by itself: chinwag mcp import {path}", prefix=""
        )
    if not paths and not found and not failed:
        print_note("No servers of other programs were found. Name a file: chinwag mcp import FILE", prefix="")
    return found, failed


async def _take(setup: "ServerSetup", found: "FoundServer", arguments: Namespace) -> None:
    server, notes = found.config, list(found.notes)
    if arguments.dry_run:
        from tui.mcp.secrets import parted

        stored: tuple[str, ...] = tuple(parted(server).secrets)
    else:
        saved = await setup.add(server, replace=arguments.replace)
        server, stored = saved.server, saved.stored
    if found.called != server.name:
        notes.insert(0, f'called "{clean_line(found.called, 40)}" there')
    if stored:
        notes.append(f"secrets go to the stored keys: {', '.join(stored)}")
    if (missing := state(server)) and not any(missing.split()[0] in note for note in notes):
        notes.append(missing)
    if given := _given(server):
        notes.append(f"is given {given}")
    print_output(f"{server.name}  {clean_line(' · '.join([target(server), *notes]), 1000)}\n")


def _given(server: "ServerConfig") -> str:
    """The variables of the environment that a server gets to see: another program's file may name any of them."""
    from tui.mcp.resolving import all_references

    names = (f"${one.name}" for one in all_references(server) if one.kind == "variable" and one.name != "HOME")
    return ", ".join(dict.fromkeys(names))
