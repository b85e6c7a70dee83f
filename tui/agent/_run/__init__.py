"""One run, from the prompt to the result. Imported by the engine's public modules only.

- `run` is the loop, `state` all that it knows, `requests` what goes to the model, `calls` the tool calls of a response,
  `toolbox` which tools there are at a step.
- `prompts` makes the texts that open a conversation, `validation` checks what a model offers as the result.
- `live` counts usage while a response streams in; `history` keeps what came of a run that broke off.
- `feed` takes events to the handler, `reader` pulls them for a caller (in its own task, `pausable` sees to that),
  `views` makes values of them and reads the text that has arrived (`texts`).
- `options` is what a program may give to a run, `loops` the event loop of `run_sync`.
"""
