"""The chat screen, each part to be read by itself.

- `screen` composes and routes: what a widget posts goes to an action, what a reply reports goes to a widget
- `layout` shows three panes over a `dock`, as `panes` decides, and moves the focus
- `presenter` turns rows and events into a `ChatView` and the `changes` of the transcript; calls nothing back
- `actions` are the commands that ask first, `prompt_actions` those of the prompt library; each returns an `outcome`
- `message_files` shows the images of messages small, and opens files
- `setting_actions` is what the settings screen shows and does
- `composing` serves the composer: files, pastes, another editor, what was asked before
- `dispatch` runs any command of the table from the menu or behind "/", `completions` names what completes a prompt
- `drafts` keeps what was written and not sent, by chat; `queue` is what can be done with prompts that wait
- `first_choice` shows what was found in an empty chat, and holds first prompts until it is known who answers
"""
