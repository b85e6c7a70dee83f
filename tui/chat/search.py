"""What a person types to search, as a query: words, "phrases", prefix*, -not, and filters such as model:gpt. Pure."""

import re
from collections.abc import Callable
from dataclasses import field, replace
from datetime import date, datetime, time, timedelta
from typing import get_args

from tui.bounds import dollars
from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.store.search_records import FilterName, Having, Place, SearchFilter, SearchQuery, SearchTerm
from tui.store.snippets import WordFinder
from tui.tags import read_tag
from tui.text import storable

_TOKEN = re.compile(
    r'(-?)(?:(model|provider|tag|before|after|in|has|is|sort):|(cost)>)?("[^"]*"?\*?|[^\s"]+)?', re.IGNORECASE
)
_PLACES: dict[str, Place] = {place: place for place in get_args(Place)}
_HAVING: dict[str, Having] = {having: having for having in get_args(Having)}
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}

SYNTAX = (
    'Words, "a phrase", begin*, -without; -model:x leaves out; model: provider: tag: before: after: (2026-01-31, 7d) '
    "in:title|prompt|reply|thinking|tools|files has:image|file|tool|code|branch cost>0.05"
    " is:pinned|archived|bin|interrupted sort:best"
)
"""The language in one line."""


@dataclass(slots=True)
class _Reading:
    """A query while it is read."""

    today: date
    query: SearchQuery = field(default_factory=SearchQuery)
    problems: list[str] = field(default_factory=list)

    def filter_by(self, name: str, value: str, excluded: bool) -> str:
        """Take a filter in; returns what is wrong with it, "" for nothing."""
        return _FILTERS[name](self, value, excluded)

    def add(self, name: FilterName, value: str, excluded: bool) -> str:
        self.query = replace(self.query, filters=(*self.query.filters, SearchFilter(name, value, excluded)))
        return ""

    def add_model(self, value: str, excluded: bool) -> str:
        return self.add("model", value.lower(), excluded)

    def add_provider(self, value: str, excluded: bool) -> str:
        return self.add("provider", value.lower(), excluded)

    def set_after(self, value: str, excluded: bool) -> str:
        return self.set_time("after", value, excluded)

    def set_before(self, value: str, excluded: bool) -> str:
        return self.set_time("before", value, excluded)

    def set_time(self, name: str, value: str, excluded: bool) -> str:
        """What is not after a time is before it. Of several the narrowest counts."""
        if (moment := _moment(value, self.today)) is None:
            return f"{name}:{value} is no day; write 2026-01-31, 2026-01, today, yesterday or 7d."
        if (name == "after") is not excluded:
            self.query = replace(self.query, after=max(moment, self.query.after or moment))
        else:
            self.query = replace(self.query, before=min(moment, self.query.before or moment))
        return ""

    def add_place(self, value: str, excluded: bool) -> str:
        places = {place for name in value.lower().split("|") if (place := _PLACES.get(name))}
        if len(places) < len({*value.lower().split("|")}):
            return f"in:{value} is not known; there is in:{'|'.join(_PLACES)}."
        now = self.query.places
        self.query = replace(
            self.query, places=(now or frozenset(_PLACES.values())) - places if excluded else now | places
        )
        return "" if self.query.places else "No place is left in which words could be found."

    def add_having(self, value: str, excluded: bool) -> str:
        if (having := _HAVING.get(value.lower())) is None:
            return f"has:{value} is not known; there is has:{'|'.join(_HAVING)}."
        return self.add("has", having, excluded)

    def add_state(self, value: str, excluded: bool) -> str:
        match value.lower():
            case "bin":
                self.query = replace(self.query, trash=not excluded)
            case "pinned" | "archived" | "interrupted" as name:
                return self.add(name, "", excluded)
            case _:
                return f"is:{value} is not known; there is is:pinned|archived|bin|interrupted."
        return ""

    def set_order(self, value: str, excluded: bool) -> str:
        if value.lower() not in ("best", "newest"):
            return f"sort:{value} is not known; there is sort:best|newest."
        self.query = replace(self.query, best=(value.lower() == "best") is not excluded)
        return ""

    def add_tag(self, value: str, excluded: bool) -> str:
        try:
            return self.add("tag", read_tag(value), excluded)
        except UsageError as error:
            return error.sentence

    def add_price(self, value: str, excluded: bool) -> str:
        price = dollars(value.removeprefix("$"))
        if price is None:
            return f"cost>{value} is no amount; write dollars, as in cost>0.05."
        return self.add("cost", str(price), excluded)


_FILTERS: dict[str, Callable[[_Reading, str, bool], str]] = {
    "model": _Reading.add_model,
    "provider": _Reading.add_provider,
    "tag": _Reading.add_tag,
    "before": _Reading.set_before,
    "after": _Reading.set_after,
    "in": _Reading.add_place,
    "has": _Reading.add_having,
    "is": _Reading.add_state,
    "sort": _Reading.set_order,
    "cost": _Reading.add_price,
}


def read_query(text: str, today: date, *, typing: bool = False) -> SearchQuery:
    """What a text asks for; nothing is an error, what was not understood stands in `problems`.

    Args:
        text: as it was typed.
        today: of the local calendar.
        typing: the end of the text is still being typed: its last word may go on, a filter may be unfinished.
    """
    reading = _Reading(today)
    terms: list[SearchTerm] = []
    text = storable(text)
    for found in _TOKEN.finditer(text):
        minus, name, cost, value = found.groups()
        at_end = typing and found.end() == len(text)
        words = (value or "").strip('"*')
        filtered = (name or cost or "").lower()
        if filtered:
            problem = reading.filter_by(filtered, words, bool(minus)) if words else f"{found[0]} says nothing."
            reading.problems += [problem] if problem and not at_end else []
        elif words:
            open_end = at_end and not (value.startswith('"') and value.endswith('"') and len(value) > 1)
            terms.append(SearchTerm(words, value.endswith("*") or (open_end and len(words) > 1), bool(minus)))
    said = [term for term in terms if any(character.isalnum() for character in term.words)]
    if terms and not typing and not said:
        reading.problems.append("Only letters and digits can be looked for.")
    return replace(reading.query, terms=tuple(said or terms), problems=tuple(reading.problems))


def sought_words(text: str, today: date) -> tuple[str, WordFinder]:
    """The words that are to be there of what was typed, raw, and what finds them in texts; "" for none."""
    terms = read_query(text, today, typing=True).wanted
    return " ".join(term.words for term in terms), WordFinder(terms)


def _moment(value: str, today: date) -> datetime | None:
    """The beginning of a day in local time."""
    try:
        day = _day(value.lower(), today)
        return None if day is None else datetime.combine(day, time()).astimezone()
    except (OverflowError, ValueError, OSError):  # no such day, or a year that the system's calendar does not have
        return None


def _day(value: str, today: date) -> date | None:
    if value in ("today", "yesterday"):
        return today - timedelta(days=value == "yesterday")
    if ago := _AGO.fullmatch(value):
        return today - timedelta(days=int(ago[1]) * _DAYS[ago[2]])
    found = _DAY.fullmatch(value)
    return None if found is None else date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
