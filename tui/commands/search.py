"""`chinwag search`: what was said in all conversations, with the ids of the chats."""

from argparse import ArgumentParser, Namespace
from datetime import date
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.choosing import build_index
from tui.commands.exit_code import ExitCode
from tui.commands.table import json_text
from tui.errors import UsageError
from tui.figures import local_time
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.store.search_records import SearchHit

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
    from tui.chat.ids import shortest
    from tui.chat.search import SYNTAX, read_query

    query = read_query(" ".join(arguments.query), date.today())
    for problem in query.problems:
        print_note(problem)
    if not query:
        raise UsageError("There is nothing to look for.", SYNTAX)
    limit = max(1, arguments.limit)
    async with open_library() as (library, notice):
        print_note(notice)
        await build_index(library.search)
        titles = await library.search.titles(query, limit)
        hits = [*titles, *await library.search.messages(query, limit)][:limit]
    if arguments.json:
        print_output(json_text([_as_json(hit) for hit in hits]))
    else:
        short = shortest({hit.conversation_id for hit in hits})
        print_output("".join(_lines(hit, short[hit.conversation_id]) for hit in hits))
    if not hits:
        print_note("Nothing was found.", prefix="")
        return ExitCode.FAILED
    return ExitCode.OK


def _lines(hit: "SearchHit", id: str) -> str:
    snippet = clean_line("".join(f"[{text}]" if marked else text for text, marked in hit.snippet), _LINE)
    when, title = local_time(hit.created_at), clean_line(hit.title) or "(no title)"
    return f"{id}  {when}  {title}\n    {hit.place}: {snippet}\n"


def _as_json(hit: "SearchHit") -> dict[str, object]:
    """Nothing is cleaned; `marks` are pairs of places in the snippet, a line in plain words, in Unicode characters."""
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
