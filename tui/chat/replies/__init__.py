"""Replies under way, from the outside in.

- `replies` starts, queues, stops and reports them; each is a `turn`: save the prompt, ask, stream, save the reply
- `queue` is the prompts that wait for the end of a reply
- `rows` are what a turn writes, `preparation` what it needs before it can ask
- `continuing` is how a reply goes on that was cut off
- `stream` runs the engine, `buffer` holds what has come, `record` keeps it on disk, `events` is what others hear of it
- `messages` turns rows into the engine's messages, `failures` errors into cards
- `meter` turns usage and clocks into figures; `switching` says what another model would not get,
  `next_turn` what the next turn would come to with each
"""
