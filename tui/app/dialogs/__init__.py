"""What floats over a screen: each dialog asks for one thing, and is dismissed with it, or with None.

`base` draws the box and its keys, `picker` finds one of many by typing, the others are what they are called. A dialog
saves nothing itself: the caller acts on the result. `AddKey` and `AddServer` are the two that call `tui.chat`,
because they ask the provider before they let go.
"""
