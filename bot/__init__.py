"""Talks with citizens: what came in is understood, a dialogue answers, and all of it is one transaction.

It never invents an answer and never shows a dossier to somebody else.
"""
