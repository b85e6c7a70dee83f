"""A whole conversation with tools over real HTTP, in every dialect. Lost else: the second question."""

from collections.abc import AsyncIterator

import pytest

from tests.support.provider_players import KEY, Player
from tests.support.wire_answers import Said
from tui.agent import Agent
from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelResponse, ThinkingPart, ToolReturnPart
from tui.agent.models import override_allow_model_requests
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider
from tui.agent.wire.client import release_client

PLAYERS = {
    "openai": "gpt-x",
    "openrouter": "maker/model",
    "mistral": "mistral-x",
    "deepseek": "deepseek-chat",
    "llamacpp": "local",
    "openai-responses": "gpt-5.6",
    "anthropic": "claude-sonnet-4-5",
    "google-gla": "gemini-3-pro",
    "ollama": "qwen3",
    "bedrock": "us.amazon.nova-lite-v1",
}
CALLS = (("call_1", "weather", '{"city": "Paris"}'), ("call_2", "weather", '{"city": "Rome"}'))
ANSWERS = [
    Said("Let me look.", "Which city?", "SEAL", CALLS),
    Said("Rain in Paris, sun in Rome."),
    Said("Take an umbrella to Paris."),
]


@pytest.fixture(autouse=True)
async def _connections() -> AsyncIterator[None]:
    with override_allow_model_requests(True):
        yield
    await release_client()


@pytest.mark.parametrize(("vendor", "name"), PLAYERS.items())
async def test_two_turns_with_two_tool_calls(vendor: str, name: str) -> None:
    async with Player(vendor, name, ANSWERS) as player:
        agent = Agent(model_of(player.provider, name), system_prompt="Be kind.", name="tester")

        @agent.tool_plain
        def weather(city: str) -> str:
            """Tell the weather.

            Args:
                city: where.
            """
            return {"Paris": "rain", "Rome": "sun"}[city]

        async with agent.run_stream("Weather in Paris and Rome?") as run:
            pieces = [piece async for piece in run.stream_text(delta=True)]
        assert "".join(pieces).endswith("Rain in Paris, sun in Rome.")
        history = run.all_messages()
        returned = [part.content for message in history for part in message.parts if isinstance(part, ToolReturnPart)]
        assert returned == ["rain", "sun"]
        async with agent.run_stream("What shall I pack?", message_history=history) as run:
            assert await run.get_data() == "Take an umbrella to Paris."
        answers = [message for message in run.all_messages() if isinstance(message, ModelResponse)]
        assert [answer.provider_name for answer in answers] == [vendor] * 3
        assert all(answer.finish_reason in ("stop", "tool_call") for answer in answers)
        thoughts = [part.content for part in answers[0].parts if isinstance(part, ThinkingPart)]
        assert "".join(thoughts) == ("" if vendor == "openai" else "Which city?")  # OpenAI's chat never shows them
        assert len(player.requests) == 3


@pytest.mark.parametrize(("vendor", "name"), PLAYERS.items())
async def test_a_wrong_key_is_refused_and_named_in_every_dialect(vendor: str, name: str) -> None:
    async with Player(vendor, name, ANSWERS) as player:
        stranger = Provider(player.provider.vendor, base_url=player.url, api_key="sk-wrong-key-9876")
        with pytest.raises(ModelHTTPError) as raised:
            await Agent(model_of(stranger, name), name="tester").run("Hi")
        assert (raised.value.kind, raised.value.provider) == ("auth", vendor)
        assert KEY not in str(raised.value) and "9876" not in str(raised.value)
        assert len(player.requests) == 1


@pytest.mark.parametrize(("vendor", "name"), PLAYERS.items())
async def test_an_answer_that_breaks_off_is_kept_in_every_dialect(vendor: str, name: str) -> None:
    async with Player(vendor, name, [Said("Half an ans", whole=False)]) as player:
        agent = Agent(model_of(player.provider, name), name="tester")
        stream = None
        with pytest.raises(ModelAPIError) as raised:
            async with agent.run_stream("Hi") as stream:
                await stream.get_data()
        assert raised.value.kind == "stream_cut" and stream is not None
        last = stream.all_messages()[-1]
        assert isinstance(last, ModelResponse) and last.state == "interrupted"
