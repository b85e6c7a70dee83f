"""Replies under way, from the outside in.

- `replies` starts, queues, stops and reports them; each is a `turn`: save the prompt, ask, stream, save the reply
- `queue` is the prompts that wait for the end of a reply
- `rows` are what a turn writes, `preparation` what it needs before it can ask
- `stream` runs the engine, `buffer` holds what has come, `record` keeps it on disk, `events` is what others hear of it
- `fusing` is what a model is asked that writes one answer from several
- `messages` turns rows into the engine's messages, `failures` errors into cards
- `meter` turns usage and clocks into figures; `switching` says what another model would not get,
  `next_turn` what the next turn would come to with each
"""
