"""The very first screen: what there is to chat with, shown as it is found, and ways to add more."""
