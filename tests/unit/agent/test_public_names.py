"""A program for pydantic-ai 0.0.40 finds every documented name in the module where it looks for it."""

import subprocess
import sys
from importlib import import_module

import pytest

import tui.agent

NAMES = {
    "tui.agent": "Agent EndStrategy CallToolsNode ModelRequestNode UserPromptNode capture_run_messages AgentRunError "
    "ModelRetry ModelHTTPError FallbackExceptionGroup UnexpectedModelBehavior UsageLimitExceeded UserError ImageUrl "
    "AudioUrl DocumentUrl BinaryContent Tool RunContext __version__",
    "tui.agent.agent": "Agent AgentRun AgentRunResult EndStrategy CallToolsNode ModelRequestNode UserPromptNode "
    "capture_run_messages RunResultDataT",
    "tui.agent.exceptions": "ModelRetry UserError AgentRunError UnexpectedModelBehavior UsageLimitExceeded "
    "ModelHTTPError FallbackExceptionGroup",
    "tui.agent.format_as_xml": "format_as_xml",
    "tui.agent.messages": "AgentStreamEvent AudioFormat AudioMediaType AudioUrl BinaryContent DocumentFormat "
    "DocumentMediaType DocumentUrl FinalResultEvent FunctionToolCallEvent FunctionToolResultEvent HandleResponseEvent "
    "ImageFormat ImageMediaType ImageUrl ModelMessage ModelMessagesTypeAdapter ModelRequest ModelRequestPart "
    "ModelResponse ModelResponsePart ModelResponsePartDelta ModelResponseStreamEvent PartDeltaEvent PartStartEvent "
    "RetryPromptPart SystemPromptPart TextPart TextPartDelta ToolCallPart ToolCallPartDelta ToolReturnPart "
    "UserContent UserPromptPart",
    "tui.agent.models": "ALLOW_MODEL_REQUESTS KnownModelName Model ModelRequestParameters StreamedResponse "
    "cached_async_http_client check_allow_model_requests infer_model override_allow_model_requests",
    "tui.agent.models.fallback": "FallbackModel",
    "tui.agent.models.function": "AgentInfo DeltaToolCall DeltaToolCalls FunctionDef FunctionModel "
    "FunctionStreamedResponse StreamFunctionDef",
    "tui.agent.models.test": "TestModel TestStreamedResponse",
    "tui.agent.result": "FinalResult ResultDataT ResultValidatorFunc StreamedRunResult",
    "tui.agent.settings": "ModelSettings merge_model_settings",
    "tui.agent.tools": "AgentDepsT DocstringFormat ObjectJsonSchema RunContext SystemPromptFunc Tool ToolDefinition "
    "ToolFuncContext ToolFuncEither ToolFuncPlain ToolParams ToolPrepareFunc",
    "tui.agent.usage": "Usage UsageLimits",
}


@pytest.mark.parametrize("module", NAMES)
def test_a_module_has_the_names_that_programs_import_from_it(module: str) -> None:
    found = import_module(module)
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []


def test_the_modules_are_found_behind_the_package() -> None:
    """In a process of its own, in which nobody has imported them before."""
    program = "import tui.agent; tui.agent.models.ALLOW_MODEL_REQUESTS = False; print(tui.agent.usage.Usage())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage(requests=0")


def test_names_that_programs_only_call_or_ask_for_are_there() -> None:
    tui.agent.Agent.instrument_all()
    tui.agent.Agent.instrument_all(False)
    assert tui.agent.__version__ == tui.__version__
    agent = tui.agent.Agent()
    assert not hasattr(agent, "last_run_messages")
    with pytest.raises(AttributeError, match=r"^The `last_run_messages` attribute has been removed, use `capture_run_"):
        _ = agent.last_run_messages
