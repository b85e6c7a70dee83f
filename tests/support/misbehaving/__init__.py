"""A server that does everything wrong, one thing for each model, in the three dialects that most servers speak.

`python -m tests.support.misbehaving` lets it run by itself, for a look by hand.

- `dialects`: the pieces of an answer, as bytes
- `fault`: what a fault is, and what is to become of prompt and answer
- `texts`, `refusals`, `streams`: the faults
- `server`: the server, and the list of all faults
"""
