"""What there is to chat with, in an empty chat: shown as it is found, above a composer that keeps the keys.

`block` stands in the messages' place, made of the `banner`, the `found_list` and the `start_bar`, which says what Enter
does; `search` is what was found so far, and knows no widget.
"""
