"""How much each provider bears, how it stands now, and which gateway of a channel a message goes by."""
