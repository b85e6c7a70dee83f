"""A reply as lines: who answers, what is called, the words as they come, and what it took."""

from tui.chat.message_parts import TextContent, ThinkingContent, ToolCallContent
from tui.chat.replies.events import (
    ChatEvent,
    NotSaved,
    PartReplaced,
    PromptSaved,
    ReplyDone,
    ReplyEnded,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    ToolChanged,
    ToolStarted,
    Waiting,
)
from tui.chat.replies.extent import is_summary
from tui.chat.replies.failures import CUT_OFF
from tui.chat.replies.meter import MeterReading
from tui.citations import sources_below
from tui.commands.plain.markdown_stream import MarkdownStream
from tui.commands.plain.page import Page
from tui.figures import money, rate, seconds, tokens
from tui.model_id import ModelId
from tui.text import StreamCleaner, clean, clean_line, revealed

_LONGEST_ARGUMENTS = 300


class ReplyLines:
    """Writes the events of replies, one reply after the other.

    Args:
        saves: the library keeps them.
    """

    def __init__(self, page: Page, *, saves: bool) -> None:
        self._page = page
        self._saves = saves
        self._part: int | None = None
        self._told = ""  # the last line about what is waited for
        self._calls: dict[int, str] = {}
        self._warned: set[tuple[str, str]] = set()  # chats and periods whose soft limit was told
        self._begin()

    def _begin(self) -> None:
        self._cleaner, self._markdown = StreamCleaner(clean), MarkdownStream()

    def show(self, event: ChatEvent) -> None:
        """Write what an event says."""
        match event:
            case PromptSaved(reply=reply):
                self._start("sums up" if is_summary(reply) else "answers", reply.model)
            case ThinkingDelta(_, part, _):
                if part != self._part:
                    self._say_apart(part, "Thinking.")
            case TextDelta(_, part, text):
                self._add(part, text)
            case PartReplaced(_, part, content):
                self._replace(part, content)
            case ToolStarted(part=part):
                self._close()
                self._part = part
            case ToolChanged(_, part, call):
                self._call(part, call)
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self._end(event)
            case _:
                self._show_beside(event)

    def _show_beside(self, event: ChatEvent) -> None:
        """What is no part of a reply; the meter is told at its end."""
        if isinstance(event, Waiting):
            self._wait(event)
        elif isinstance(event, NotSaved):
            if self._saves:  # once is enough, and where nothing is saved it was said at the start
                self._say(f"Not saved: {event.message}")
            self._saves = False

    def _start(self, does: str, model: str) -> None:
        self._part, self._told = None, ""
        self._calls = {}
        self._begin()
        self._page.gap()
        self._page.say(f"{clean_line(ModelId.parse(model).label)} {does}:")

    def _say(self, text: str) -> None:
        self._close()
        self._page.say(text)

    def _say_apart(self, part: int, text: str) -> None:
        self._say(text)
        self._part = part

    def _add(self, part: int, text: str) -> None:
        if self._part not in (None, part):
            self._close()
            self._page.gap()
        self._part = part
        self._page.add(self._markdown.feed(self._cleaner.feed(text)))

    def _close(self) -> None:
        """Write what is left of the words so far."""
        self._page.add(self._markdown.feed(self._cleaner.end()) + self._markdown.end())
        self._page.end_line()
        self._begin()

    def _replace(self, part: int, content: TextContent | ThinkingContent) -> None:
        if isinstance(content, ThinkingContent) and part == self._part:
            self._say("So far that was thinking; the answer follows.")
            self._part = None

    def _call(self, part: int, call: ToolCallContent) -> None:
        """A line when it runs, and one when it has ended; how far it is on the way is not told.

        What is asked about stands in the question.
        """
        before, self._calls[part] = self._calls.get(part), call.state
        if call.state in (before, "asking"):
            return
        name = clean_line(call.name, 60)
        took = f" in {seconds(call.duration_s)}" if call.duration_s is not None else ""
        match call.state:
            case "running" if before == "asking":
                self._say_apart(part, f"Tool {name} runs.")
            case "running":
                arguments = revealed(call.arguments).replace("\n", " ")
                shown = arguments if len(arguments) <= _LONGEST_ARGUMENTS else f"{arguments[:_LONGEST_ARGUMENTS]}…"
                self._say_apart(part, f"Tool {name} runs: {shown}")
            case "done":
                self._say_apart(part, f"Tool {name} has answered{took}: {clean_line(call.result) or 'nothing'}")
            case "failed":
                self._say_apart(part, f"Tool {name} has failed{took}: {clean_line(call.result)}")
            case "denied":
                self._say_apart(part, f"Tool {name} was not allowed.")
            case "interrupted":
                self._say_apart(part, f"Tool {name} was stopped.")

    def _wait(self, event: Waiting) -> None:
        line = clean_line(event.message)
        if event.kind == "retry" and event.delay_s is not None:
            line += f" ({event.attempt} of {event.attempts}, in {seconds(event.delay_s)})"
        told = "".join(letter for letter in line if not letter.isdigit())
        if told != self._told:  # how far it is, in percent, would be a line each
            self._told = told
            self._say(line)

    def _warn(self, event: ReplyEnded) -> None:
        """Say it once when what was spent comes to a soft limit."""
        for standing in event.reading.standings:
            place = (event.conversation.id if standing.period == "chat" else "", standing.period)
            if standing.warn and standing.warns and place not in self._warned:
                self._warned.add(place)
                self._page.say(f"Spent {standing.short_words}.")

    def _end(self, event: ReplyEnded) -> None:
        self._close()
        match event:
            case ReplyDone():
                if b'"citations"' in event.reply.payload and (sources := sources_below(event.reply.text)):
                    self._page.gap()
                    self._page.add(self._markdown.feed(clean(sources)))
                    self._close()
                if cut_off := CUT_OFF.get(event.reply.finish_reason):
                    self._page.say(f"The answer was cut off {cut_off}.")
                self._page.say(f"End, {figures(event.reading)}.")
            case ReplyStopped():
                kept = "; what came so far is saved" if self._saves else ""
                self._page.say(f"Stopped, {figures(event.reading)}{kept}.")
            case ReplyFailed(failure=failure):
                self._page.say(f"Failed: {failure.message}\n{failure.hint}")
        self._warn(event)


def figures(reading: MeterReading) -> str:
    """What a reply took, in words: "tokens: 1.2k in, 214 out (96 thinking), 74 a second, $0.004, chat $0.31"."""
    usage = reading.usage
    received = f"{tokens(usage.output, estimated=reading.output_estimated)} out"
    if usage.reasoning:
        received += f" ({tokens(usage.reasoning)} thinking)"
    parts = [f"tokens: {tokens(usage.input, estimated=reading.input_estimated)} in", received]
    if reading.tokens_per_s is not None:
        parts.append(f"{rate(reading.tokens_per_s)} a second")
    if reading.free:
        return ", ".join([*parts, "free"])
    known = reading.message_price is not None
    parts.append(money(reading.message_price, estimated=reading.price_estimated) if known else "price unknown")
    if reading.chat_price and reading.chat_price != reading.message_price:
        parts.append(f"chat {money(reading.chat_price)}")
    return ", ".join(parts)
