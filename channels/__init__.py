"""The voices: what a message is, what a channel can do, and one file or folder a channel.

No retry, no database, no rendering here: the rooms above decide.
"""
