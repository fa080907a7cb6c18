"""An event's words: what they may speak of, how they are rendered for each form, whether they may be said."""
