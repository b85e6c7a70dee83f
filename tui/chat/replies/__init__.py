"""Replies under way, from the outside in.

- `replies` starts, queues, stops and reports them; each is a `turn`: save the prompt, ask, stream, save the reply
- `stream` runs the engine, `buffer` holds what has come, `events` is what the rest of the program hears of it
- `messages` turns rows into the engine's messages, `failures` errors into cards, `titles` a prompt into a name
- `meter` turns usage and clocks into figures; `switching` says what another model would not get
"""
