"""The one way out: an event becomes messages, each sent once, on the cheapest channel that reaches the person.

Every message ends in exactly one state, with its whole history.
"""
