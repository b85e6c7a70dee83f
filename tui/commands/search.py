"""`chinwag search`: what was said in all conversations, with the ids of the chats."""

import json
from argparse import ArgumentParser, Namespace
from datetime import date
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.exit_code import ExitCode
from tui.commands.progress import ProgressLine
from tui.errors import UsageError
from tui.figures import local_time
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.library_search import LibrarySearch
    from tui.store.search_records import SearchHit

_SHORT_ID = 13
_LINE = 250


def add_arguments(parser: ArgumentParser) -> None:
    """What to look for, how much, and as what."""
    from tui.chat.search import SYNTAX

    add = parser.add_argument
    parser.epilog = SYNTAX
    add(
        "query",
        nargs="+",
        metavar="QUERY",
        help="words and filters; quote them for the shell, as in '\"a phrase\" -not'",
    )
    add("-n", "--limit", type=int, default=20, metavar="N", help="how many places at most (default: 20)")
    add("--json", action="store_true", help="a JSON list: chats, messages, and which letters of each snippet are meant")


async def run(arguments: Namespace) -> int:
    """Print what is found, the newest first; nothing found is a failure, as it is for grep."""
    from tui.chat.search import SYNTAX, read_query

    query = read_query(" ".join(arguments.query), date.today())
    for problem in query.problems:
        print_note(problem)
    if not query:
        raise UsageError("There is nothing to look for.", SYNTAX)
    limit = max(1, arguments.limit)
    async with open_library() as (library, notice):
        print_note(notice)
        await _build_index(library.search)
        titles = await library.search.titles(query, limit)
        hits = [*titles, *await library.search.messages(query, limit)][:limit]
    if arguments.json:
        print_output(json.dumps([_as_json(hit) for hit in hits], ensure_ascii=False, indent=2) + "\n")
    else:
        print_output("".join(map(_lines, hits)))
    if not hits:
        print_note("Nothing was found.", prefix="")
        return ExitCode.FAILED
    return ExitCode.OK


async def _build_index(search: "LibrarySearch") -> None:
    """Take in what was there before there was an index; ended by Ctrl-C, it goes on the next time."""
    line = ProgressLine("Reading older chats for the first search")
    try:
        await search.build(lambda progress: line.show_percent(progress.percent))
    finally:
        line.end()
    progress = await search.progress()
    if not progress.complete:  # the library can only be read
        print_note(f"Only {progress.percent} % of the chats can be searched.")


def _lines(hit: "SearchHit") -> str:
    snippet = clean_line("".join(f"[{text}]" if marked else text for text, marked in hit.snippet), _LINE)
    when, title = local_time(hit.created_at), clean_line(hit.title) or "(no title)"
    return f"{hit.conversation_id[:_SHORT_ID]}  {when}  {title}\n    {hit.place}: {snippet}\n"


def _as_json(hit: "SearchHit") -> dict[str, object]:
    """Texts as they are, nothing cleaned; `marks` are pairs of places in the snippet, in Unicode characters."""
    marks, at = [], 0
    for text, marked in hit.snippet:
        if marked:
            marks.append([at, at + len(text)])
        at += len(text)
    return {
        "conversation": hit.conversation_id,
        "title": hit.title,
        "message": hit.message_id or None,
        "kind": hit.kind if hit.message_id else None,
        "place": hit.place,
        "model": hit.model or None,
        "created_at": hit.created_at.isoformat(),
        "snippet": "".join(text for text, _ in hit.snippet),
        "marks": marks,
    }
