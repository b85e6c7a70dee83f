"""Replies under way, from the outside in.

- `replies` starts, queues, stops and reports them; each is a `turn`: save the prompt, ask, stream, save the reply
- `queue` is the prompts that wait for the end of a reply
- `options` says where a turn stands and who answers it, `rows` are what it writes, from what `reading` finds in the
  library, `preparation` what it needs before it can ask
- `guard` looks whether something is to be asked before a turn; `extent` is which messages of a branch are sent, `sizes`
  how many tokens that may be; `compaction` has older turns summed up
- `continuing` is how a reply goes on that was cut off
- `fusing` is what a model is asked that writes one answer from several
- `stream` runs the engine, `run_limits` hold it to a budget, `buffer` holds what has come, `record` keeps it on disk,
  `events` is what others hear of it
- `tool_host` is what a tool in a reply reaches: the person who is asked, the parts, the library
- `messages` turns rows into the engine's messages, `failures` errors into cards
- `meter` turns usage and clocks into figures; `switching` says what another model would not get,
  `next_turn` what the next turn would come to with each
"""
