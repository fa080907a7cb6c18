"""Puts the rooms together: the command, the configuration, opening and closing, the one server, the demo.

It alone knows all the others. No rule of the business lives here.
"""
