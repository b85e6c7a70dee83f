"""What floats over a screen: each dialog asks for one thing, and is dismissed with it, or with None.

- `base` draws the box and its keys, `picker` finds one of many by typing: `models`, `themes`, `palette` (all
  commands), `file_picker`; `model_details` says what is known of a model, and by whom
- `deny_call` takes a word to a model whose tool may not run
- `imports` shows what a file of another program would bring
- `cautious` is deaf for a moment, `confirm` asks before something is lost, `export` where a file goes, `text_editor`
  for a text, `help` lists the keys, `settings` has all that can be set, `chat_settings` what one model answers with
- `usage` is the panel of what was spent and used
- `openables` asks which link, code or table of a message, `source_view` shows one of them over the whole screen
- `tree` shows all branches of a chat, `compare_texts` two messages word by word
- `prompts` finds a prompt of the library and shows one that is to be agreed to, `prompt_form` fills it in
- `tools` are those of a chat; `server_asks` and `server_form` put to the person what servers ask: they open by
  themselves
- `pull_model` brings models to this machine, shows those that are kept, and has one deleted
- `add_key` and `add_server` ask the provider through `tui.chat` before they let go; `added_provider` is their result

A dialog saves nothing itself: the caller acts on the result.
"""
