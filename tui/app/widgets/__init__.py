"""One widget per file: set by attributes, reports by messages, and never calls the app, a sibling or a service.

`list` is the base of all that is chosen from, `line` and `field` are the smallest parts; the others are what they are
called. A message in the past tense reports what happened (`Composer.Sent`), one in `Requested` asks for something
that only the screen can do (`ChatList.DeleteRequested`).
"""
