"""The chat screen, each part to be read by itself.

- `screen` composes and routes: what a widget posts goes to an action, what a reply reports goes to a widget
- `layout` shows three panes over a dock, as `panes` decides, and moves the focus
- `presenter` turns rows and events into a `ChatView` and the `changes` of the transcript; calls nothing back
- `actions` are the commands that ask first, `prompt_actions` those of the prompt library; each returns an `outcome`
- `drafts` keeps what was written and not sent, by chat
"""
