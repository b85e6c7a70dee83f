"""What pydantic-ai's current release (2.x) writes in another way than 0.0.40. Knows no message class."""

from typing import Any

from tui.agent.usage import Usage

_CACHE_COUNTS = ("cache_read_tokens", "cache_write_tokens")


def is_later_retry(value: Any) -> bool:
    """Whether this is a retry as 2.x writes it: a part of its own, or a tool's return with that outcome."""
    if not isinstance(value, dict) or not isinstance(value.get("content"), str | list):
        return False
    kind = value.get("part_kind")
    return kind == "retry-feedback" or (kind == "tool-return" and value.get("outcome") == "retried")


def from_later_retry(value: Any) -> Any:
    """The same retry as 0.0.40 writes it."""
    return {**value, "part_kind": "retry-prompt"}


def read_state(value: Any) -> Any:
    """A message's state; 2.x also has "complete", which says nothing, and "suspended", which only it can resume."""
    return "interrupted" if value in ("interrupted", "suspended") else None


def read_outcome(value: Any) -> Any:
    """What came of a tool's call; an outcome to come says nothing here."""
    return value if value in ("failed", "denied", "interrupted") else "success"


def read_args(value: Any) -> Any:
    """The arguments of a tool call; 2.x writes null for none."""
    return "" if value is None else value


def read_citations(value: Any) -> Any:
    """The pages that a text cites, each with its place; 2.x puts those of one place together, and has files."""
    if not isinstance(value, list):
        return None
    found: list[Any] = []
    for one in value:
        if not isinstance(one, dict):
            found.append(one)
            continue
        anchor, sources = one.get("anchor"), one.get("sources")
        place = _place(anchor if isinstance(anchor, dict) else {})
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, dict) and isinstance(source.get("url"), str):
                title = source.get("title")
                found.append({"url": source["url"], "title": title if isinstance(title, str) else "", **place})
    return found or None


def _place(anchor: dict[str, Any]) -> dict[str, int]:
    place = {key: anchor[key] for key in ("start", "end") if type(anchor.get(key)) is int}
    return place if len(place) == 2 else {}


def write_citations(citations: Any) -> list[dict[str, Any]]:
    """The pages that a text cites as 2.x writes them."""
    return [
        {
            "sources": [{"url": one.url, "title": one.title or None, "excerpts": [], "kind": "web"}],
            "anchor": None if one.start is None else {"start": one.start, "end": one.end, "kind": "content"},
        }
        for one in citations
    ]


def read_usage(value: Any) -> Any:
    """A response's usage by the names of 2.x, or as `asdict` writes ours; None for nothing but zeros."""
    if not isinstance(value, dict):
        return value
    counts = {name: count for name, count in value.items() if isinstance(count, int) and count}
    given = value.get("details")
    details = {
        name: count for name, count in (given if isinstance(given, dict) else {}).items() if isinstance(count, int)
    }
    details.update({name: counts[name] for name in _CACHE_COUNTS if name in counts})
    if "output_reasoning_tokens" in counts:
        details.setdefault("reasoning_tokens", counts["output_reasoning_tokens"])
    sent = counts.get("input_tokens", counts.get("request_tokens"))
    generated = counts.get("output_tokens", counts.get("response_tokens"))
    total = counts.get("total_tokens", (sent or 0) + (generated or 0)) or None
    return Usage(0, sent, generated, total, details or None) if total or details else None


def write_usage(usage: Usage) -> dict[str, Any]:
    """A response's usage by the names of 2.x, without what is unknown."""
    details = usage.details or {}
    written: dict[str, Any] = {"input_tokens": usage.request_tokens, "output_tokens": usage.response_tokens}
    if usage.total_tokens != (usage.request_tokens or 0) + (usage.response_tokens or 0):
        written["total_tokens"] = usage.total_tokens  # a provider may count what stands in neither
    written |= {name: details[name] for name in _CACHE_COUNTS if name in details}
    written["details"] = {name: count for name, count in details.items() if name not in _CACHE_COUNTS} or None
    return {name: value for name, value in written.items() if value is not None}


def is_unreported(usage: Usage | None) -> bool:
    """Whether there is no figure to write."""
    return usage is None or not write_usage(usage)
