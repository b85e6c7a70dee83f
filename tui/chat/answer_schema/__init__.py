"""Answers as JSON by a schema.

`given` reads which JSON the person wants, `short_form` the short way of writing that, and `form` makes a run answer so.
"""
