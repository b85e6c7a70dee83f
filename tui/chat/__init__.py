"""The product without a screen: conversations, replies under way, models to pick from, the meter, what a switch costs.

- Values that others see: `events`, `meter`, `settings`.
- One turn, from the outside in: `replies` (all under way), `session` (send, retry), `turn` (save, ask, stream, save),
  `answer` (the engine's run) and `draft` (text and checkpoints); `history` turns rows into messages, `failures` errors
  into cards, `titles` a prompt into a name.
- Conversations: `library`.
- Models: `catalog`, over `sources` (who), `keys`, `offers` and `lists` (what they have) and `prices`; `switching` says
  what another model would not get.

Knows the engine, the store and the configuration; no Textual, no SQL, no HTTP. The engine, pydantic and the price table
are imported inside functions, and off the loop (`loading`), so that the first frame waits for none of them.
"""
