"""The words: one file an event for messages, one file a page for the console.

It holds texts and says where they are; it decides nothing.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable


def root() -> Traversable:
    """The folder of all templates: the same call works in a checkout and in a wheel."""
    return files("templates")
