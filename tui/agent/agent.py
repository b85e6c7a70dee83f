"""`Agent`: a model with instructions, tools and a type of result, and the ways to run it. The loop is in `_run`."""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from types import FrameType, NoneType
from typing import Any, Concatenate, Final, Generic, NoReturn, TypeGuard, TypeVar, final, overload

from typing_extensions import Unpack

from tui.agent._run.history import capture_run_messages
from tui.agent._run.loops import idle_loop
from tui.agent._run.options import AnyModel, Prompt, RunArguments, RunOptions, ToolOptions
from tui.agent._run.prompts import SystemPrompt
from tui.agent._run.run import Run
from tui.agent._run.state import (
    ApproveToolCall,
    EndStrategy,
    HistoryProcessor,
    Plan,
)
from tui.agent._run.toolbox import checked_tool
from tui.agent._run.validation import FinalResult, ResultDataT, ResultSchema, ResultValidator, ResultValidatorFunc
from tui.agent.context import AgentDepsT, RunContext
from tui.agent.exceptions import UserError
from tui.agent.models import Model, infer_model
from tui.agent.nodes import AgentRun, CallToolsNode, End, ModelRequestNode, RunIteration, UserPromptNode
from tui.agent.result import AgentRunResult, RunStream
from tui.agent.settings import ModelSettings, merge_model_settings
from tui.agent.tools import (
    SystemPromptFunc,
    Tool,
    ToolFuncContext,
    ToolFuncEither,
    ToolFuncPlain,
    ToolParams,
    ToolsetFunc,
    ToolsPrepareFunc,
)
from tui.agent.usage import UsageLimits

__all__ = [
    "Agent",
    "AgentRun",
    "AgentRunResult",
    "CallToolsNode",
    "EndStrategy",
    "ModelRequestNode",
    "UserPromptNode",
    "capture_run_messages",
]

RunResultDataT = TypeVar("RunResultDataT")
"""The type of the result of one run that has a `result_type` of its own."""

_ReturnT = TypeVar("_ReturnT")

_NO_MODEL = "`model` must be set either when creating the agent or when calling it."
_OVERRIDDEN = "(Even when `override(model=...)` is customizing the model that will actually be called)"


class _Unset:
    """Stands for "not given", where None is a value."""


_UNSET: Final = _Unset()


@final
class Agent(Generic[AgentDepsT, ResultDataT]):
    """A model with instructions, tools and a type of result; stateless, so one agent serves any number of runs.

    ```python
    agent = Agent("openai:gpt-4o", system_prompt="Be concise.")
    print(agent.run_sync("Where does 'hello world' come from?").data)
    ```

    Attributes:
        model: the model, or its name until it is first needed.
        name: of the agent; found out from the caller's variables at the first run, unless it was given.
        end_strategy: what becomes of function tools called beside a final result.
        model_settings: for every run; those of a run are laid over them.
        result_type: of every run that has none of its own.
        instrument: kept for programs that set it; the engine reports nothing to anybody.
    """

    model: AnyModel | None
    name: str | None
    end_strategy: EndStrategy
    model_settings: ModelSettings | None
    result_type: type[ResultDataT]
    instrument: Any

    def __init__(
        self,
        model: AnyModel | None = None,
        *,
        result_type: type[ResultDataT] = str,  # type: ignore[assignment]  # the default of ResultDataT
        system_prompt: str | Sequence[str] = (),
        deps_type: type[AgentDepsT] = NoneType,  # type: ignore[assignment]  # the default of AgentDepsT
        name: str | None = None,
        model_settings: ModelSettings | None = None,
        retries: int = 1,
        result_tool_name: str = "final_result",
        result_tool_description: str | None = None,
        result_retries: int | None = None,
        tools: Sequence[Tool[AgentDepsT] | ToolFuncEither[AgentDepsT, ...]] = (),
        defer_model_check: bool = False,
        end_strategy: EndStrategy = "early",
        instrument: Any = None,
        instructions: str | SystemPromptFunc[AgentDepsT] | Callable[[RunContext[AgentDepsT]], str | None] | None = None,
        history_processor: HistoryProcessor | None = None,
        approve_tool_call: ApproveToolCall | None = None,
        toolsets: Sequence[ToolsetFunc[AgentDepsT]] = (),
        prepare_tools: ToolsPrepareFunc[AgentDepsT] | None = None,
    ) -> None:
        """Create an agent.

        Args:
            model: a model or its name; may be left out, and given to each run.
            result_type: what runs result in: str for text, or a type, or a union of types, that the model fills.
            system_prompt: one or several texts; they open each new conversation, and stay in its history.
            deps_type: only tells type checkers what `deps` has to be.
            name: see the class.
            model_settings: see the class.
            retries: how often in a row a tool may be tried again; a tool may say otherwise.
            result_tool_name: of the tool by whose call the model gives a result that is not text.
            result_tool_description: of that tool; the type's own description is appended.
            result_retries: how often the model may be asked again for a valid result; None for `retries`.
            tools: functions, or `Tool` objects; "takes the context" is seen from a function's first parameter.
            defer_model_check: do not look for the model by its name until the first run.
            end_strategy: see the class.
            instrument: see the class.
            instructions: a text, or a function that gives one or None; sent anew with each request, in place of what an
                earlier run in the same history was told, and so not one of its system prompts.
            history_processor: gives the messages to send, of those in the history: to leave out or shorten some.
            approve_tool_call: asked before a tool with `requires_approval` runs; see `ApproveToolCall`.
            toolsets: functions of the `RunContext` that give the tools of the moment, before each request. A model
                that calls one which has gone is told so, and may go on.
            prepare_tools: given what would be said about all function tools before each request; says what is. A tool
                that it leaves out is not there.

        Raises:
            UserError: there is no such model, its key is missing, or two tools have the same name.
        """
        self.model = model if model is None or defer_model_check else infer_model(model)
        self.result_type = result_type
        self.name = name
        self.model_settings = model_settings
        self.end_strategy = end_strategy
        self.instrument = instrument
        self._result_tool_name = result_tool_name
        self._result_tool_description = result_tool_description
        self._schema = self._schema_of(result_type)
        self._validators: list[ResultValidator[AgentDepsT, Any]] = []
        static = (system_prompt,) if isinstance(system_prompt, str) else system_prompt
        self._prompts = [SystemPrompt(text) for text in static]
        self._instructions = None if instructions is None else SystemPrompt(instructions)
        self._retries = retries
        self._result_retries = retries if result_retries is None else result_retries
        self._history_processor = history_processor
        self._approve = approve_tool_call
        self._toolsets = tuple(toolsets)
        self._prepare_tools = prepare_tools
        self._override_model: Model | None = None
        self._override_deps: AgentDepsT | _Unset = _UNSET
        self._function_tools: dict[str, Tool[AgentDepsT]] = {}
        for tool in tools:
            self._register(tool if isinstance(tool, Tool) else Tool(tool))

    @staticmethod
    def instrument_all(instrument: Any = True) -> None:
        """Kept for programs that call it, as `instrument` is."""

    @property
    def last_run_messages(self) -> NoReturn:
        """Gone, as in pydantic-ai: what a run has sent and got is in its result, and in `capture_run_messages`."""
        raise AttributeError("The `last_run_messages` attribute has been removed, use `capture_run_messages` instead.")

    # Running.

    @overload
    async def run(
        self, user_prompt: Prompt, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> AgentRunResult[ResultDataT]: ...

    @overload
    async def run(
        self,
        user_prompt: Prompt,
        *,
        result_type: type[RunResultDataT] | None,
        **options: Unpack[RunOptions[AgentDepsT]],
    ) -> AgentRunResult[RunResultDataT]: ...

    async def run(
        self, user_prompt: Prompt, *, result_type: type[Any] | None = None, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> AgentRunResult[Any]:
        """Run the agent on a prompt until there is a result.

        Args:
            user_prompt: text, or a sequence of texts and files.
            result_type: of this run, in place of the agent's.
            options: see `RunOptions`.

        Raises:
            AgentRunError: there is no result; `capture_run_messages` has the messages.
            UserError: no model, or a `result_type` although the agent has result validators.
        """
        arguments = RunArguments(**options)
        if arguments.infer_name:
            self._infer_name(inspect.currentframe())
        plan = self._plan(user_prompt, result_type, arguments)
        run = Run(plan, arguments.usage, streamed=plan.handler is not None)
        async with aclosing(run.events()) as events:
            async for _ in events:
                pass
        result = run.result
        assert result is not None, "a run that ends without an error has a result"
        return AgentRunResult(result.data, result.tool_name, run.state, len(run.state.plan.history))

    @overload
    def run_sync(
        self, user_prompt: Prompt, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> AgentRunResult[ResultDataT]: ...

    @overload
    def run_sync(
        self,
        user_prompt: Prompt,
        *,
        result_type: type[RunResultDataT] | None,
        **options: Unpack[RunOptions[AgentDepsT]],
    ) -> AgentRunResult[RunResultDataT]: ...

    def run_sync(
        self, user_prompt: Prompt, *, result_type: type[Any] | None = None, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> AgentRunResult[Any]:
        """As `run`, for programs without an event loop: waits for the result on the loop of this thread.

        Raises:
            RuntimeError: a loop is running in this thread; there, await `run`.
        """
        if RunArguments(**options).infer_name:
            self._infer_name(inspect.currentframe())
        loop = idle_loop()
        options["infer_name"] = False
        return loop.run_until_complete(self.run(user_prompt, result_type=result_type, **options))

    @overload
    def run_stream(
        self, user_prompt: Prompt, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> RunStream[AgentDepsT, ResultDataT]: ...

    @overload
    def run_stream(
        self,
        user_prompt: Prompt,
        *,
        result_type: type[RunResultDataT] | None,
        **options: Unpack[RunOptions[AgentDepsT]],
    ) -> RunStream[AgentDepsT, RunResultDataT]: ...

    def run_stream(
        self, user_prompt: Prompt, *, result_type: type[Any] | None = None, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> RunStream[AgentDepsT, Any]:
        """Run the agent, and get at the result while it streams in.

        ```python
        async with agent.run_stream("Tell me a story") as result:
            async for text in result.stream_text(delta=True):
                print(text, end="", flush=True)
        ```

        Entering the context runs the agent until a result begins: text, or the call of a result tool. That may take as
        long as thinking and tools take; an `event_stream_handler` sees all of it live, before and after. Text does not
        end the run when tools are called beside it: they are run, the model is asked again, and the same streams go on.

        Leaving normally reads the rest, and checks the limits. Leaving by an exception, or by the task's cancellation,
        closes the model's stream at once, and so does `result.cancel()`. Then what has arrived is in the history, as a
        `ModelResponse` with `state="interrupted"`, and the history can be sent again. To get at it when the context was
        not even entered, or was left by an exception:

        ```python
        with capture_run_messages() as messages:
            try:
                async with agent.run_stream(prompt, message_history=history) as result:
                    async for event in result:
                        ...
            finally:
                save(messages[len(history):])
        ```

        The arguments are those of `run`.

        Raises:
            AgentRunError: on entering, in the body or on leaving, whenever the run cannot go on.
            UserError: on entering: no model, or a `result_type` although the agent has result validators.
        """
        arguments = RunArguments(**options)
        if arguments.infer_name:
            self._infer_name(inspect.currentframe())

        def start() -> Run:
            plan = self._plan(user_prompt, result_type, arguments)
            return Run(plan, arguments.usage, streamed=True, hand_over=True)

        return RunStream(start)

    @overload
    def iter(
        self, user_prompt: Prompt, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> RunIteration[AgentDepsT, ResultDataT]: ...

    @overload
    def iter(
        self,
        user_prompt: Prompt,
        *,
        result_type: type[RunResultDataT] | None,
        **options: Unpack[RunOptions[AgentDepsT]],
    ) -> RunIteration[AgentDepsT, RunResultDataT]: ...

    def iter(
        self, user_prompt: Prompt, *, result_type: type[Any] | None = None, **options: Unpack[RunOptions[AgentDepsT]]
    ) -> RunIteration[AgentDepsT, Any]:
        """Run the agent step by step: a prompt, then requests and responses in turn, then the end.

        ```python
        async with agent.iter("What is the capital of France?") as agent_run:
            async for node in agent_run:
                print(node)
        print(agent_run.result.data)
        ```

        The arguments are those of `run`. A request can be streamed: `async with node.stream(agent_run.ctx) as stream`.
        Leaving the context ends the run where it is.
        """
        arguments = RunArguments(**options)
        if arguments.infer_name:
            self._infer_name(inspect.currentframe())

        def start() -> Run:
            plan = self._plan(user_prompt, result_type, arguments)
            return Run(plan, arguments.usage, streamed=plan.handler is not None)

        return RunIteration(start)

    @staticmethod
    def is_user_prompt_node(node: object) -> TypeGuard[UserPromptNode[Any, Any]]:
        """Whether a step of `iter` is the prompt."""
        return isinstance(node, UserPromptNode)

    @staticmethod
    def is_model_request_node(node: object) -> TypeGuard[ModelRequestNode[Any, Any]]:
        """Whether a step of `iter` is a request."""
        return isinstance(node, ModelRequestNode)

    @staticmethod
    def is_call_tools_node(node: object) -> TypeGuard[CallToolsNode[Any, Any]]:
        """Whether a step of `iter` is a response."""
        return isinstance(node, CallToolsNode)

    @staticmethod
    def is_end_node(node: object) -> TypeGuard[End[FinalResult[Any]]]:
        """Whether a step of `iter` is the end."""
        return isinstance(node, End)

    @contextmanager
    def override(self, *, deps: AgentDepsT | _Unset = _UNSET, model: AnyModel | _Unset = _UNSET) -> Iterator[None]:
        """Use other dependencies or another model in every run inside the block, whatever those runs say; for tests."""
        before = self._override_deps, self._override_model
        if not isinstance(deps, _Unset):
            self._override_deps = deps
        if not isinstance(model, _Unset):
            self._override_model = infer_model(model)
        try:
            yield
        finally:
            self._override_deps, self._override_model = before

    # Registering.

    @overload
    def system_prompt(
        self, func: Callable[[RunContext[AgentDepsT]], str], /
    ) -> Callable[[RunContext[AgentDepsT]], str]: ...

    @overload
    def system_prompt(
        self, func: Callable[[RunContext[AgentDepsT]], Awaitable[str]], /
    ) -> Callable[[RunContext[AgentDepsT]], Awaitable[str]]: ...

    @overload
    def system_prompt(self, func: Callable[[], str], /) -> Callable[[], str]: ...

    @overload
    def system_prompt(self, func: Callable[[], Awaitable[str]], /) -> Callable[[], Awaitable[str]]: ...

    @overload
    def system_prompt(
        self, /, *, dynamic: bool = False
    ) -> Callable[[SystemPromptFunc[AgentDepsT]], SystemPromptFunc[AgentDepsT]]: ...

    def system_prompt(self, func: SystemPromptFunc[AgentDepsT] | None = None, /, *, dynamic: bool = False) -> Any:
        """Decorate a function that gives a system prompt; it may take the `RunContext`, and may be asynchronous.

        Args:
            func: the function.
            dynamic: call it again when a history that holds its text is sent anew.
        """

        def register(function: SystemPromptFunc[AgentDepsT]) -> SystemPromptFunc[AgentDepsT]:
            self._prompts.append(SystemPrompt(function, dynamic))
            return function

        return register if func is None else register(func)

    @overload
    def result_validator(
        self, func: Callable[[RunContext[AgentDepsT], ResultDataT], ResultDataT], /
    ) -> Callable[[RunContext[AgentDepsT], ResultDataT], ResultDataT]: ...

    @overload
    def result_validator(
        self, func: Callable[[RunContext[AgentDepsT], ResultDataT], Awaitable[ResultDataT]], /
    ) -> Callable[[RunContext[AgentDepsT], ResultDataT], Awaitable[ResultDataT]]: ...

    @overload
    def result_validator(
        self, func: Callable[[ResultDataT], ResultDataT], /
    ) -> Callable[[ResultDataT], ResultDataT]: ...

    @overload
    def result_validator(
        self, func: Callable[[ResultDataT], Awaitable[ResultDataT]], /
    ) -> Callable[[ResultDataT], Awaitable[ResultDataT]]: ...

    def result_validator(self, func: ResultValidatorFunc[AgentDepsT, Any], /) -> Any:
        """Decorate a function that checks a result, or changes it; it may raise `ModelRetry`, to have another one.

        It takes the value, or the `RunContext` and the value, and may be asynchronous. While a result streams in it is
        called with what has arrived, too.
        """
        self._validators.append(ResultValidator(func))
        return func

    @overload
    def tool(
        self, func: Callable[Concatenate[RunContext[AgentDepsT], ToolParams], _ReturnT], /
    ) -> Callable[Concatenate[RunContext[AgentDepsT], ToolParams], _ReturnT]: ...

    @overload
    def tool(
        self, /, **options: Unpack[ToolOptions[AgentDepsT]]
    ) -> Callable[
        [Callable[Concatenate[RunContext[AgentDepsT], ToolParams], _ReturnT]],
        Callable[Concatenate[RunContext[AgentDepsT], ToolParams], _ReturnT],
    ]: ...

    def tool(
        self,
        func: ToolFuncContext[AgentDepsT, ToolParams] | None = None,
        /,
        **options: Unpack[ToolOptions[AgentDepsT]],
    ) -> Any:
        """Decorate a function that the model may call, and whose first parameter is the `RunContext`.

        Args:
            func: the function; its signature and docstring tell the model what it is for.
            options: see `ToolOptions`.

        Raises:
            UserError: no schema can be made of the function, or the name is taken.
        """
        return self._registering(func, options, takes_ctx=True)

    @overload
    def tool_plain(self, func: Callable[ToolParams, _ReturnT], /) -> Callable[ToolParams, _ReturnT]: ...

    @overload
    def tool_plain(
        self, /, **options: Unpack[ToolOptions[AgentDepsT]]
    ) -> Callable[[Callable[ToolParams, _ReturnT]], Callable[ToolParams, _ReturnT]]: ...

    def tool_plain(
        self,
        func: ToolFuncPlain[ToolParams] | None = None,
        /,
        **options: Unpack[ToolOptions[AgentDepsT]],
    ) -> Any:
        """Decorate a function that the model may call, and that does not take the `RunContext`; see `tool`."""
        return self._registering(func, options, takes_ctx=False)

    # Inside.

    def _registering(
        self,
        func: Callable[..., Any] | None,
        options: ToolOptions[AgentDepsT],
        *,
        takes_ctx: bool,
    ) -> Any:
        """Register a tool and return its function, or return the decorator that does so."""
        arguments: dict[str, Any] = {**options}
        retries = arguments.pop("retries", None)

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self._register(Tool(function, takes_ctx=takes_ctx, max_retries=retries, **arguments))
            return function

        return register if func is None else register(func)

    def _register(self, tool: Tool[AgentDepsT]) -> None:
        self._function_tools[tool.name] = checked_tool(
            tool, self._function_tools, schema=self._schema, retries=self._retries, approve=self._approve
        )

    def _schema_of(self, result_type: Any) -> ResultSchema:
        return ResultSchema.build(result_type, self._result_tool_name, self._result_tool_description)

    def _plan(self, prompt: Prompt, result_type: type[Any] | None, arguments: RunArguments) -> Plan:
        """Settle everything about a run."""
        if result_type is not None and self._validators:
            raise UserError("Cannot set a custom run `result_type` when the agent has result validators")
        return Plan(
            prompt=prompt,
            history=tuple(arguments.message_history or ()),
            model=self._model_for(arguments.model),
            deps=arguments.deps if isinstance(self._override_deps, _Unset) else self._override_deps,
            model_settings=merge_model_settings(self.model_settings, arguments.model_settings),
            limits=arguments.usage_limits or UsageLimits(),
            prompts=tuple(self._prompts),
            instructions=self._instructions,
            schema=self._schema if result_type is None else self._schema_of(result_type),
            validators=tuple(self._validators),
            tools=dict(self._function_tools),
            toolsets=self._toolsets,
            prepare_tools=self._prepare_tools,
            retries=self._retries,
            result_retries=self._result_retries,
            end_strategy=self.end_strategy,
            history_processor=self._history_processor,
            approve=self._approve,
            handler=arguments.event_stream_handler,
        )

    def _model_for(self, model: AnyModel | None) -> Model:
        """The model of a run: that of `override`, else the run's own, else the agent's."""
        if self._override_model is not None:
            if model is None and self.model is None:
                raise UserError(f"{_NO_MODEL} {_OVERRIDDEN}")
            return self._override_model
        if model is not None:
            return infer_model(model)
        if self.model is None:
            raise UserError(_NO_MODEL)
        self.model = infer_model(self.model)
        return self.model

    def _infer_name(self, frame: FrameType | None) -> None:
        """Name the agent as the variable that the caller of this frame's function has it in."""
        if self.name is not None or frame is None or frame.f_back is None:
            return
        caller = frame.f_back
        for variables in (caller.f_locals, caller.f_globals):
            for name, value in variables.items():
                if value is self:
                    self.name = name
                    return
