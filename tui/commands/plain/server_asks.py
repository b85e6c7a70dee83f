"""What servers of tools ask of the person while they work: to fill in fields, to visit a page, to let a model answer.

All words of a server stand below its name. Nothing is given to it before a yes was typed.
"""

from typing import TYPE_CHECKING, assert_never

from tui.chat.server_requests import SampleGrant, SignIn, sample_text
from tui.commands.plain.asking import Asker
from tui.commands.plain.page import Page
from tui.errors import ChinwagError
from tui.figures import money, tokens
from tui.mcp.form import problem_with
from tui.mcp.hooks import ElicitAnswer, FormField, FormRequest, FormValue, SampleRequest, UrlRequest
from tui.text import clean, clean_line, revealed

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.server_requests import Answer, WaitingRequest
    from tui.store.records import Conversation


class ServerAsks:
    """Puts requests to the person, and gives them what is answered."""

    def __init__(self, services: "Services", page: Page, asker: Asker) -> None:
        self._requests = services.requests
        self._catalog = services.catalog
        self._page = page
        self._asker = asker

    @property
    def waiting(self) -> "WaitingRequest | None":
        """What is to be asked next."""
        return next((one for one in self._requests.waiting if not one.over), None)

    async def answer(self, waiting: "WaitingRequest", chat: "Conversation") -> None:
        """Ask about one request; `chat` is the one beside which a model would answer.

        Raises:
            InterruptedLineError, EOFError: the person went away; it is answered so.
        """
        answer: Answer = None
        try:
            match waiting.request:
                case FormRequest() as form:
                    answer = await self._fill_in(form)
                case UrlRequest(server, message, url):
                    answer = await self._visit(server, message, url)
                case SignIn(server, url):
                    answer = await self._visit(server, "Sign in there, so that its tools can be called.", url)
                case SampleRequest() as sample:
                    answer = await self._sample(sample, chat)
                case _:
                    assert_never(waiting.request)
        finally:
            waiting.answer(answer)

    async def _visit(self, server: str, message: str, url: str) -> ElicitAnswer:
        said = f"{clean_line(server, 40)} wants you to visit a page. It says:\n{clean(message)}\n{revealed(url)}"
        answer, _ = await self._asker.ask(f"{said}\nOpen it in a browser, if you trust it.", ["done", "no"])
        return ElicitAnswer("accept" if answer == "done" else "decline")

    async def _fill_in(self, form: FormRequest) -> ElicitAnswer:
        name = clean_line(form.server, 40)
        self._page.say(f"{name} asks. What you fill in goes to it, and to whom it likes. It says:\n{form.message}")
        values: dict[str, FormValue] = {}
        for field in form.fields:
            value = await self._value(field)
            if value is not None:
                values[field.name] = value
        shown = "\n".join(f"{clean_line(key, 60)}: {_shown(value)}" for key, value in values.items())
        answer, _ = await self._asker.ask(f"{shown or 'Nothing is filled in.'}\nIs {name} to get this?", ["yes", "no"])
        return ElicitAnswer("accept", values) if answer == "yes" else ElicitAnswer("decline")

    async def _value(self, field: FormField) -> FormValue | None:
        """What is typed for a field, once it fits; Enter alone leaves it as it begins."""
        label = clean_line(field.title or field.name, 60)
        facts = [field.description, field.format, "needed" if field.required else "may stay empty"]
        if field.kind == "boolean":
            facts.append("yes or no")
        if field.default is not None:
            facts.append(f"Enter alone: {_shown(field.default)}")
        self._page.say(f"{label} ({'; '.join(clean_line(fact, 200) for fact in facts if fact)})")
        for number, (_, title) in enumerate(field.options, 1):
            self._page.say(f"{number}. {clean_line(title, 80)}")
        while True:
            typed = await self._asker.read(f"{'Numbers' if field.kind == 'choices' else 'Yours'}: ")
            try:
                value = _read(field, typed) if typed else field.default
                problem = problem_with(field, value)
            except ValueError as wrong:
                problem = str(wrong)
            if not problem:
                return value
            self._page.say(f"{label} {problem}.")

    async def _sample(self, sample: SampleRequest, chat: "Conversation") -> SampleGrant | None:
        name = clean_line(sample.server, 40)
        try:
            model = self._catalog.find(chat.model)
            cost = await self._requests.cost(sample, chat.model)
        except ChinwagError as error:
            self._page.say(f"{name} asks a model, and none can answer. {error.sentence}")
            return None
        size = f"{tokens(cost.input, estimated=True)} tokens in, at most {tokens(cost.output)} out"
        price = "free" if cost.price == 0 else f"at most {money(cost.price, estimated=cost.price is not None)}"
        system = f"As standing instructions:\n{sample.system}\n" if sample.system.strip() else ""
        told = f"{name} asks {clean_line(model.name, 60)}: {size}, {price}.\n{system}It is to answer:\n"
        answer, _ = await self._asker.ask(f"{told}{sample_text(sample)}\nIs it to answer, this once?", ["yes", "no"])
        return SampleGrant(chat.model, chat.id) if answer == "yes" else None


def _shown(value: FormValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(clean_line(one, 80) for one in value) if isinstance(value, tuple) else clean_line(str(value))


def _read(field: FormField, typed: str) -> FormValue:
    """The value that a typed text means.

    Raises:
        ValueError: none, and why, in a few words.
    """
    match field.kind:
        case "boolean":
            if typed.casefold() not in ("yes", "no"):
                raise ValueError("is yes or no")
            return typed.casefold() == "yes"
        case "integer" | "number":
            try:
                return int(typed) if field.kind == "integer" else float(typed)
            except ValueError:
                raise ValueError("is a whole number" if field.kind == "integer" else "is a number") from None
        case "choice":
            return _option(field, typed)
        case "choices":
            return tuple(_option(field, one) for one in typed.replace(",", " ").split())
        case "text":
            return typed


def _option(field: FormField, typed: str) -> str:
    """The value of an option by its number."""
    if not typed.isdecimal() or not 0 < int(typed[:6]) <= len(field.options):
        raise ValueError("is chosen by a number of the list")
    return field.options[int(typed) - 1][0]
