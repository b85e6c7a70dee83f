"""The product without a screen: conversations, replies under way, models to pick from, the meter, what a switch costs.

Events and values to read first: `events`, `settings`, `meter`. One turn: `session`; the replies of the whole program:
`replies`. Knows the engine, the store and the configuration; no Textual, no SQL, no HTTP. The engine, pydantic and the
price table are imported inside functions, so that the first frame waits for none of them.
"""
