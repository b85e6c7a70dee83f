"""The very first screen: what there is to chat with, shown as it is found, and ways to add more.

`screen` puts it together of the `banner`, the `found_list` and the `start_bar`, which says what Enter does.
"""
