"""What a message costs, what may be spent, and what was."""
