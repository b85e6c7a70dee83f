"""Prompts that a person keeps as files, to be filled and sent again: reading, filling, trusting, importing.

`template` is one prompt and its variables, `front_matter` reads what stands above its text, `folders` finds the files
and knows which of a working folder's are trusted, `importing` takes over Fabric's patterns and the templates of `llm`.
"""
