"""One conversation with one server, from the handshake to its end, on the SDK's client.

It lives in one task (`open`); its methods may be called from any. Each raises `McpError` in our words, or
`ConnectionEndedError`. A tool's results are not checked against its output schema, as the SDK's own call does: a
pattern in a schema can be made to take for ever.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal, TypeVar

import mcp_types as sdk
from mcp.client import Client, ClientRequestContext, IncomingMessage, InputRequiredRoundsExceededError
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import TypeAdapter, ValidationError

from tui import __version__
from tui.mcp import translation
from tui.mcp.allowance import MOST_LISTED
from tui.mcp.asking import Asking
from tui.mcp.clock import Deadlines
from tui.mcp.connection_end import ConnectionEnd
from tui.mcp.hooks import Hooks, UrlRequest
from tui.mcp.http import HttpConnection
from tui.mcp.problems import UNREADABLE, ConnectionEndedError, ServerError, named, quoted, refused, unknown_form
from tui.mcp.values import McpError, McpProgress, McpPrompt, McpResource, McpResult, McpTool
from tui.text import clean_line, redact

_MOST_PAGES = 100
_MOST_ROUNDS = 10
_AT_ONCE = 50
_MORE_TIME_S = 0.25
_MOST_LOG = 2_000
_MOST_COMPLETIONS = 100

ListKind = Literal["tools", "resources", "prompts"]
T = TypeVar("T")

_CALL_RESULT: TypeAdapter[sdk.CallToolResult | sdk.InputRequiredResult] = TypeAdapter(
    sdk.CallToolResult | sdk.InputRequiredResult
)

for _name in ("mcp", "client"):  # the SDK's loggers; what a server sends belongs into no log
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Session:
    """A server that has answered the handshake.

    Attributes:
        changed: lists that the server says have changed, until they are taken from it:
            `ConnectionEnd.news` tells of them.
    """

    def __init__(
        self,
        server: str,
        hooks: Hooks,
        deadlines: Deadlines,
        streams: AbstractAsyncContextManager[tuple[Any, Any]],
        ending: ConnectionEnd,
        http: HttpConnection | None,
        mode: Literal["auto", "legacy"],
        secrets: tuple[str, ...] = (),
    ) -> None:
        self._server = server
        self._secrets = secrets
        self._hooks = hooks
        self._asking = Asking(server, hooks, deadlines)
        self._ending = ending
        self._http = http
        self._client = Client(
            streams,
            sampling_callback=self._asking.sample,
            elicitation_callback=self._asking.elicit,
            logging_callback=self._log,
            log_level="info",
            message_handler=self._take,
            client_info=sdk.Implementation(name="chinwag", version=__version__),
            input_required_max_rounds=_MOST_ROUNDS,
            mode=mode,
            cache=None,
        )
        self.changed: set[ListKind] = set()

    @property
    def version(self) -> str:
        """What the server says it is; one clean line."""
        info = self._client.server_info
        return "" if info is None else clean_line(f"{info.title or info.name} {info.version}", 80)

    @property
    def protocol(self) -> str:
        """The version of MCP that is spoken."""
        return self._client.protocol_version

    @property
    def instructions(self) -> str:
        """What the server says to a model; raw."""
        return self._client.instructions or ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Shake hands, and hold the connection in this block; to be entered and left in one task.

        Raises what the SDK raises, mostly in groups: `connection` knows it.
        """
        async with self._client:
            yield

    def offers(self, kind: ListKind) -> bool:
        """The server has such things at all."""
        return getattr(self._client.server_capabilities, kind) is not None

    async def list_tools(self) -> tuple[tuple[McpTool, ...], str]:
        """All tools that are kept, and what is amiss with the list, in a few words."""
        found, note = await self._pages("tools", lambda cursor: self._client.list_tools(cursor=cursor))
        unique = {one.name: one for one in found}
        tools = []
        for at, one in enumerate(unique.values()):
            tools.append(translation.tool(self._server, one))
            if at % _AT_ONCE == 0:
                await asyncio.sleep(0)  # a thousand of them would hold up the screen
        kept = tuple(one for one in tools if one is not None)
        if dropped := len(found) - len(kept):
            note = note or f"{dropped:,} of its tools have names or schemas that cannot be used"
        return kept, note

    async def list_resources(self) -> tuple[tuple[McpResource, ...], str]:
        """Resources, then templates."""
        found, note = await self._pages("resources", lambda cursor: self._client.list_resources(cursor=cursor))
        resources = [translation.resource(self._server, one) for one in found]
        try:
            forms, _ = await self._pages(
                "resource_templates", lambda cursor: self._client.list_resource_templates(cursor=cursor)
            )
        except ServerError:
            raise
        except McpError:  # many servers have resources, and do not know templates
            forms = []
        return (*resources, *(translation.template(self._server, one) for one in forms)), note

    async def list_prompts(self) -> tuple[tuple[McpPrompt, ...], str]:
        """All prompts."""
        found, note = await self._pages("prompts", lambda cursor: self._client.list_prompts(cursor=cursor))
        prompts = [translation.prompt(self._server, one) for one in found]
        return tuple(one for one in prompts if one is not None), note

    async def call(
        self, tool: str, arguments: Mapping[str, Any], on_progress: Callable[[McpProgress], None]
    ) -> McpResult:
        """Call a tool; asks the person what the server asks for on the way."""

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            if math.isfinite(progress) and (total is None or math.isfinite(total)):
                on_progress(McpProgress(progress, total, (message or "")[:_MOST_LOG]))

        async def send(
            responses: sdk.InputResponses | None = None, state: str | None = None
        ) -> sdk.CallToolResult | sdk.InputRequiredResult:
            params = sdk.CallToolRequestParams(
                name=tool, arguments=dict(arguments), input_responses=responses, request_state=state
            )
            return await self._client.session.send_request(
                sdk.CallToolRequest(params=params), _CALL_RESULT, progress_callback=tell
            )

        async def call() -> McpResult:
            found = await send()
            for _ in range(_MOST_ROUNDS):
                if isinstance(found, sdk.CallToolResult):
                    return translation.tool_result(found)
                found = await send(await self._answers(found), found.request_state)
            raise McpError(f"{named(self._server)} asks for more and more before it answers.")

        return await self._ask(call)

    async def read(self, uri: str) -> McpResult:
        """Read a resource."""
        return translation.resource_result(await self._ask(lambda: self._client.read_resource(uri)))

    async def prompt(self, name: str, arguments: Mapping[str, str]) -> McpResult:
        """Get a prompt."""
        return translation.prompt_result(await self._ask(lambda: self._client.get_prompt(name, dict(arguments))))

    async def complete(
        self, name: str, argument: str, start: str, given: Mapping[str, str], *, is_template: bool
    ) -> tuple[str, ...]:
        """Values for an argument, best first."""
        if self._client.server_capabilities.completions is None:
            return ()
        reference: sdk.ResourceTemplateReference | sdk.PromptReference = (
            sdk.ResourceTemplateReference(type="ref/resource", uri=name)
            if is_template
            else sdk.PromptReference(type="ref/prompt", name=name)
        )
        found = await self._ask(
            lambda: self._client.complete(reference, {"name": argument, "value": start}, dict(given) or None)
        )
        return tuple(found.completion.values[:_MOST_COMPLETIONS])

    async def ping(self) -> None:
        """Wait for any answer: a ping, or where the protocol has none any more, the server's facts."""
        session = self._client.session
        if self.protocol in MODERN_PROTOCOL_VERSIONS:
            await self._ask(lambda: session.send_discover(self.protocol))
        else:
            await self._ask(lambda: session.send_request(sdk.PingRequest(), sdk.EmptyResult))

    async def follow_changes(self) -> bool:
        """Take the changes of lists where they have to be asked for, until the line on which they come has ended.

        Returns:
            Whether they can be asked for anew.
        """
        wanted = {f"{kind}_list_changed": True for kind in ("tools", "prompts", "resources") if self._announces(kind)}
        if not wanted or self.protocol not in MODERN_PROTOCOL_VERSIONS:
            return False
        try:
            async with self._client.listen(**wanted) as events:  # type: ignore[arg-type]  # each of these is a bool
                async for _ in events:
                    pass  # `_take` sees each as a notification, too
        except (SubscriptionLost, TimeoutError):
            return True
        except MCPError as error:
            return error.code == sdk.CONNECTION_CLOSED
        return True

    async def _take(self, message: IncomingMessage) -> None:
        """A callback of the SDK: a notification."""
        kind: ListKind | None = None
        match message:
            case sdk.ToolListChangedNotification():
                kind = "tools"
            case sdk.ResourceListChangedNotification():
                kind = "resources"
            case sdk.PromptListChangedNotification():
                kind = "prompts"
        if kind is not None:
            self.changed.add(kind)
            self._ending.news.set()

    async def _log(self, params: sdk.LoggingMessageNotificationParams) -> None:
        """A callback of the SDK: a line of the server's log."""
        text = params.data if isinstance(params.data, str) else repr(params.data)
        self._hooks.log(self._server, params.level, redact(text[: _MOST_LOG * 2], self._secrets)[:_MOST_LOG])

    def _announces(self, kind: str) -> bool:
        return bool(getattr(getattr(self._client.server_capabilities, kind), "list_changed", False))

    async def _answers(self, found: sdk.InputRequiredResult) -> sdk.InputResponses | None:
        """What the person says to what a server needs before it answers (protocol 2026-07-28)."""
        if not found.input_requests:  # it only wants more time
            await asyncio.sleep(_MORE_TIME_S)
            return None
        session, answers = self._client.session, {}
        for key, request in found.input_requests.items():
            meta = request.params.meta if request.params else None
            context = ClientRequestContext(session=session, request_id=key, meta=meta)
            answer = await session.dispatch_input_request(context, request)
            if isinstance(answer, sdk.ErrorData):
                raise MCPError.from_error_data(answer)
            answers[key] = answer
        return answers

    async def _pages(self, field: str, fetch: Callable[[str | None], Awaitable[Any]]) -> tuple[list[Any], str]:
        """What a list holds on all its pages, and why it is not all of it."""
        found: list[Any] = []
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            page = await self._ask(lambda at=cursor: fetch(at))  # type: ignore[misc]  # mypy cannot infer the default
            found += getattr(page, field)
            what, cursor = field.replace("_", " "), page.next_cursor
            if len(found) > MOST_LISTED:
                return found[:MOST_LISTED], f"it lists more than {MOST_LISTED:,} {what}; the rest is left out"
            if not cursor:
                return found, ""
            if cursor in seen or not getattr(page, field):
                break
            seen.add(cursor)
        return found, f"its list of {what} has no end"

    async def _ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """Ask the server, with its errors in our words.

        Raises:
            ConnectionEndedError: there will be no answer.
            ServerError: there is one that shows that the server cannot be used.
            McpError: it says no.
        """
        if self._ending.ended.is_set():
            raise ConnectionEndedError
        try:
            return await request()
        except MCPError as error:
            raise await self._problem(error) from error
        except (ValidationError, InputRequiredRoundsExceededError) as error:
            raise unknown_form(self._server) from error
        except RuntimeError as error:  # the SDK's, for a client that was closed, or an answer out of turn
            if self._ending.ended.is_set():
                raise ConnectionEndedError from error
            raise unknown_form(self._server) from error

    async def _problem(self, error: MCPError) -> Exception:
        if self._ending.ended.is_set():
            return ConnectionEndedError()
        if error.code == sdk.CONNECTION_CLOSED:
            if self._http is None or error.message == "Connection closed":
                return ConnectionEndedError()
            return McpError(f"{self._http.where} broke off before it had answered.", "Ask again.")
        if error.code == sdk.URL_ELICITATION_REQUIRED:
            return await self._visits(error)
        if error.code == sdk.PARSE_ERROR and error.message.startswith(UNREADABLE):
            return unknown_form(self._server)
        if self._http is not None and (problem := self._http.status_problem(error.message)) is not None:
            if self._http.status == 404 and error.message == "Session terminated":
                problem = ServerError(f"{self._http.where} has forgotten us.", "It is asked anew.")
                self._ending.end(problem)
            return problem
        return refused(self._server, error.message)

    async def _visits(self, error: MCPError) -> McpError:
        """Show the pages that the person has to visit before the server does what it was asked for."""
        try:
            pages = sdk.ElicitationRequiredErrorData.model_validate(error.data).elicitations[:3]
        except ValidationError:
            return unknown_form(self._server)
        for page in pages:
            answer = await self._asking.ask(UrlRequest(self._server, page.message[:_MOST_LOG], page.url[:_MOST_LOG]))
            if answer.action != "accept":
                return McpError(f"{named(self._server)} was not given what it wants first{quoted(page.message)}")
        return McpError(f"{named(self._server)} wants a page visited first{quoted(error.message)}", "Then ask again.")
